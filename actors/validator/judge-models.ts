/** The validator's own models: what miners are challenged beside. They are model actors of its cluster, and come and go. */
import { checkClaims } from "../../models/verify/challenge.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { Challenge, promptRoom } from "../../protocol/inference/challenge.ts";
import type { Checked, Transcript } from "../../protocol/inference/claims.ts";
import { unfitFor } from "../../protocol/inference/judged.ts";
import type { ModelCard } from "../../protocol/model.ts";
import type { Node } from "../../runtime/node.ts";
import { Turns } from "../../sandbox/turns.ts";
import { challengesModels, type LoadedSubnet } from "../loaded-subnet.ts";
import { followModels } from "../model/directory.ts";
import { createModelClient } from "../model/model-client.ts";
import { patiently } from "../patiently.ts";
import { drawRound } from "./draw.ts";

export interface JudgeModels {
  /**
   * Waits, and says so, until every model that the subnet challenges is there. Fails with `config` for one beside which nobody
   * can be judged.
   */
  ready(signal: AbortSignal): Promise<void>;
  /** The prompt as this model's tokens, and its card. Patient with a model that is away; fails as it did last. */
  prompt(asked: Challenge, signal: AbortSignal): Promise<{ prompt: number[]; own: ModelCard }>;
  /** What the model says of the claims that the seed draws, and the card of the one that was asked. As patient. */
  check(
    transcript: Transcript,
    drawn: { positions: number; seed: string },
    signal: AbortSignal,
  ): Promise<{ checked: Checked[]; own: ModelCard }>;
}

/** How long a model that is away, or fails, is waited for within one attempt. */
const PATIENCE_MS = 300_000;
const RETRY_MS = 1_000;
/** One question to a model: an actor that died answers nothing at all. */
const ASK_MS = 120_000;
/** Transcripts that are scored at once: more would only wait at the model, where their time runs. */
const SCORED_AT_ONCE = 4;
const CALLER = "challenges";
/** By then every model actor has told what it is at least once. */
const HEARD_MS = 1_500;

/** Undefined for a subnet that challenges no models. */
export function openJudgeModels(node: Node, subnet: LoadedSubnet): JudgeModels | undefined {
  if (!challengesModels(subnet)) return undefined;
  const directory = followModels(node);
  const client = createModelClient(node, directory);
  const turns = new Turns({ slots: SCORED_AT_ONCE, maxWaiting: 4_096, what: "the model that judges" });

  const cardOf = (model: string): ModelCard => {
    const [report] = directory.serving(model);
    if (report !== undefined) return report.card;
    throw new Failure("unavailable", `no model actor of this cluster serves ${model}`, {
      hint: `Start a node with --role model --models ${model}.`,
    });
  };

  /** Whatever the model fails with is not the miner's doing: it is asked again while there is patience. */
  async function patient<T>(signal: AbortSignal, ask: () => Promise<T>): Promise<T> {
    const until = node.clock.monotonic() + PATIENCE_MS;
    for (;;) {
      try {
        return await ask();
      } catch (thrown) {
        const failure = Failure.from(thrown);
        const again = failure.retryable || failure.code === "not-found" || failure.code === "cancelled";
        if (signal.aborted || !again || node.clock.monotonic() >= until) throw failure;
        await node.clock.sleep(RETRY_MS, signal);
      }
    }
  }
  const call = (signal: AbortSignal) => ({ signal, caller: CALLER, deadline: node.clock.now() + ASK_MS });

  async function tokensOf(asked: Challenge, signal: AbortSignal): Promise<number[]> {
    const { model, prompt } = asked;
    if (typeof prompt !== "string") return prompt;
    const request = { model, context: [], input: promptInput(prompt) };
    const { tokens } = await client.tokenize(request, call(signal));
    if (tokens.type === "inline") return tokens.tokens;
    throw new Failure("defect", "the prompt of a challenge has more tokens than a message holds");
  }

  return {
    async ready(signal) {
      // Who has just begun to listen has heard nothing yet: that is no reason to complain.
      await node.clock.sleep(HEARD_MS, signal);
      for (const asked of challengesOf(subnet)) {
        const what = `a model actor that serves ${asked.model}`;
        const own = await patiently({ clock: node.clock, log: node.log, signal, what }, async () =>
          cardOf(asked.model),
        );
        const unfit = unfitFor(own, asked);
        if (unfit !== undefined) throw unfit;
      }
    },
    prompt: (asked, signal) =>
      patient(signal, async () => {
        const own = cardOf(asked.model);
        const prompt = await tokensOf(asked, signal);
        const room = promptRoom(own, asked);
        if (prompt.length <= room) return { prompt, own };
        throw new Failure("defect", "the challenge is longer than its model can read", {
          meta: { promptTokens: prompt.length, room, contextLength: own.contextLength },
          hint: "The mechanism must ask for less.",
        });
      }),
    async check(transcript, { positions, seed }, signal) {
      const release = await turns.take(signal);
      try {
        return await patient(signal, async () => {
          let own: ModelCard | undefined;
          const score = (request: Parameters<typeof client.score>[0]) =>
            client.score(request, { ...call(signal), onCard: (card) => void (own = card) });
          const checked = await checkClaims({ score }, transcript, { positions, seed });
          if (own === undefined) throw new Failure("defect", "nobody knows which model has scored");
          return { checked, own };
        });
      } finally {
        release();
      }
    },
  };
}

const promptInput = (prompt: string) => ({
  type: "prompt" as const,
  // Parts of content are of limited length; no character is cut in two.
  prompt: Array.from({ length: Math.ceil([...prompt].length / PART_CHARS) }, (_, at) => ({
    type: "text" as const,
    text: [...prompt].slice(at * PART_CHARS, (at + 1) * PART_CHARS).join(""),
  })),
});
const PART_CHARS = 16_384;

/** Of each kind of challenge that a round may hold, one: a drawn round shows them, and drawing is pure. */
export function challengesOf(subnet: LoadedSubnet): Challenge[] {
  const drawn = drawRound(subnet, { round: 0, seed: "0".repeat(64) });
  const challenges = drawn.flatMap(({ judged }) => {
    const kind = subnet.definition.kinds[judged.kind];
    return kind?.by === "inference" ? [Challenge.parse(kind.challenge(judged))] : [];
  });
  const models = new Map(
    challenges.map((each) => [canonicalJson([each.model, each.weights ?? "", each.engines ?? []]), each]),
  );
  return [...models.values()];
}
