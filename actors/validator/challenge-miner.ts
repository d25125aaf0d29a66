/** Challenges the model that one miner serves, and observes what comes of it: a transcript whose claims are checked, or why not. */
import { challenge } from "../../models/verify/challenge.ts";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Challenge } from "../../protocol/inference/challenge.ts";
import type { Transcript } from "../../protocol/inference/claims.ts";
import type { InferenceEvidence } from "../../protocol/inference/evidence.ts";
import type { ModelCard } from "../../protocol/model.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import { Miner } from "../../protocol/services/miner.ts";
import type { Node } from "../../runtime/node.ts";
import { putJson } from "../json-blob.ts";
import type { JudgeModels } from "./judge-models.ts";
import { minerOutcome } from "./miner-outcome.ts";

export interface ChallengeMinerOptions {
  node: Node;
  models: JudgeModels;
  uid: number;
  asked: Challenge;
  /** For all steps together, from the first question on. */
  timeoutMs: number;
  signal: AbortSignal;
}

const FIRST_RETRY_MS = 250;
const LAST_RETRY_MS = 5_000;
const SEED_BYTES = 32;

/**
 * What the miner does ends as its own outcome. What the validator's model does ends as `infra`, or `validator` for a challenge that
 * it can never judge: nobody is charged. Fails only when `signal` aborts, or what was observed cannot be kept.
 */
export async function challengeMiner(options: ChallengeMinerOptions): Promise<InferenceEvidence> {
  const { node, models, asked, signal } = options;
  const seen: InferenceEvidence = {
    ...{ type: "inference", outcome: "infra", model: asked.model, promptTokens: 0 },
    ...{ checked: [], firstTokenMs: [], stepMs: [], claimed: null, own: null },
  };
  const ended = (outcome: Outcome, thrown: unknown): InferenceEvidence => {
    const failure = Failure.from(thrown);
    if (signal.aborted) throw failure;
    return { ...seen, outcome, detail: cutText(failure.toLine(), 2_000) };
  };
  const unjudged = (thrown: unknown): InferenceEvidence =>
    ended(Failure.from(thrown).code === "defect" ? "validator" : "infra", thrown);

  let prompt: number[];
  try {
    const ready = await models.prompt(asked, signal);
    ({ prompt, own: seen.own } = ready);
    seen.promptTokens = prompt.length;
  } catch (thrown) {
    return unjudged(thrown);
  }
  let transcript: Transcript;
  try {
    transcript = await ask(options, { prompt, own: seen.own, claims: (card) => void (seen.claimed = card) });
  } catch (thrown) {
    return ended(minerOutcome(Failure.from(thrown)) ?? "timeout", thrown);
  }
  const { firstTokenMs, stepMs } = transcript;
  // Only now: who knew which claims are checked could be honest in these alone.
  const seed = Buffer.from(node.rng.bytes(SEED_BYTES)).toString("hex");
  Object.assign(seen, { transcript: await putJson(node.blobs, transcript), seed, firstTokenMs, stepMs });
  try {
    const { positions } = asked;
    const { checked, own } = await models.check(transcript, { positions, seed }, signal);
    return { ...seen, outcome: "ok", checked, own };
  } catch (thrown) {
    return unjudged(thrown);
  }
}

/** A step that broke off is asked again, its time running on: a restart or a broken link costs the miner time, and no more. */
async function ask(
  { node, uid, asked, timeoutMs, signal }: ChallengeMinerOptions,
  { prompt, own, claims }: { prompt: number[]; own: ModelCard; claims: (card: ModelCard) => void },
): Promise<Transcript> {
  const { clock, rng } = node;
  const client = node.client(Miner);
  const deadline = clock.now() + timeoutMs;
  const call = { key: String(uid), deadline, signal };
  let wait = FIRST_RETRY_MS;
  const again = async (failure: Failure): Promise<void> => {
    const left = deadline - clock.now();
    if (signal.aborted || minerOutcome(failure) !== undefined || left <= 0) throw failure;
    await clock.sleep(Math.min(wait, left), signal);
    wait = Math.min(wait * 2, LAST_RETRY_MS);
  };
  for (;;) {
    try {
      const reply = await client.card({ model: asked.model }, call);
      if (reply.status === "none") {
        throw new Failure("refused", `the miner says that it serves no model ${asked.model}`);
      }
      claims(reply.card);
      break;
    } catch (thrown) {
      await again(Failure.from(thrown));
    }
  }
  return await challenge(
    { generate: (request) => client.generate(request, call) },
    { ...asked, prompt, vocabulary: own.vocabulary, clock, rng, again },
  );
}
