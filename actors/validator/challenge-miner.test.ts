import { describe, expect, test } from "bun:test";
import { createScheduler } from "../../models/scheduler/scheduler.ts";
import { checkClaims } from "../../models/verify/challenge.ts";
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import { Challenge } from "../../protocol/inference/challenge.ts";
import type { InferenceEvidence } from "../../protocol/inference/evidence.ts";
import { observedInference } from "../../protocol/inference/judged.ts";
import type { GenerateRequest } from "../../protocol/model.ts";
import { implement } from "../../protocol/service.ts";
import { Miner } from "../../protocol/services/miner.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import { World } from "../../runtime/simulation/world.ts";
import { NO_MODEL } from "../../test/support/no-model.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { rejection } from "../../test/support/rejection.ts";
import { bootNode } from "../boot-node.ts";
import { servedModels } from "../miner/served-models.ts";
import { judgeModel, minerModel } from "../simulation/scripted-models.ts";
import { challengeMiner } from "./challenge-miner.ts";
import type { JudgeModels } from "./judge-models.ts";

const UID = 9;
const MODEL = "m";
const TIMEOUT_MS = 20_000;
const asked = Challenge.parse({ model: MODEL, prompt: [72, 101, 108, 108, 111], steps: 6, positions: 48 });

type Served = Partial<
  Pick<Parameters<typeof implement<typeof Miner.methods, Context>>[1], "card" | "generate">
>;
/** A miner that serves the model, and what a test has it do instead. */
type Conduct = (honest: Required<Served>) => Served;

async function observed(
  conduct: Conduct,
  more: { judge?: Partial<JudgeModels>; during?: (world: World) => void; abort?: AbortSignal } = {},
): Promise<{ seen: Promise<InferenceEvidence>; tookMs: () => number }> {
  const world = new World({ seed: "challenge" });
  const log = keptLog();
  world.node("miner", async (ports) => {
    const { node } = bootNode({ name: "miner", net: "t", roles: ["miner"], ports, log });
    const { clock, blobs } = node;
    const how = { conduct: "honest", prefillTokensPerSecond: 5_000, tokensPerSecond: 200 } as const;
    const own = servedModels([
      createScheduler({ model: minerModel(MODEL, "miner", how, { clock, blobs }), clock }),
    ]);
    const honest: Required<Served> = {
      card: async ({ model }) => {
        const card = await own.card(model);
        return card === undefined ? { status: "none" } : { status: "card", card };
      },
      generate: (request: GenerateRequest, context: Context) => own.generate(request, context),
    };
    const submission = async () => ({ status: "none" as const });
    const handlers = { submission, async *answer() {}, ...honest, ...conduct(honest) };
    await node.serve(implement<typeof Miner.methods, Context>(Miner, handlers), { key: String(UID) });
  });
  let validator: Node | undefined;
  world.node("validator", (ports) => {
    validator = bootNode({ name: "validator", net: "t", roles: ["validator"], ports, log }).node;
  });
  await world.run({ until: world.clock.now() + 100 });
  const node = validator as Node;
  const judge = judgeModel(MODEL, node);
  const models: JudgeModels = {
    ready: async () => {},
    prompt: async () => ({ prompt: asked.prompt as number[], own: await judge.card() }),
    check: async (transcript, drawn) => ({
      checked: await checkClaims(judge, transcript, drawn),
      own: await judge.card(),
    }),
    ...more.judge,
  };
  const began = world.clock.now();
  let endedAt = 0;
  const signal = more.abort ?? node.signal;
  const seen = challengeMiner({ node, models, uid: UID, asked, timeoutMs: TIMEOUT_MS, signal }).finally(
    () => {
      endedAt = world.clock.now();
    },
  );
  seen.catch(() => {});
  more.during?.(world);
  await world.run({ until: began + 10 * TIMEOUT_MS });
  return { seen, tookMs: () => endedAt - began };
}

const outcomeOf = async (conduct: Conduct, more = {}) => (await (await observed(conduct, more)).seen).outcome;

const failing =
  (code: FailureCode): Conduct =>
  () => ({
    // biome-ignore lint/correctness/useYield: it fails before it says anything
    async *generate() {
      throw new Failure(code, "no");
    },
  });
const chunked =
  (make: (seq: number) => unknown, most = Number.POSITIVE_INFINITY): Conduct =>
  () => ({
    async *generate() {
      for (let seq = 0; seq < most; seq++) yield make(seq) as never;
    },
  });
const tokens = (changes: object) => (seq: number) => ({
  type: "tokens",
  seq,
  tokens: [],
  text: "",
  ...changes,
});
const logprob = (changes: object) => ({ token: 65, logprob: -0.5, top: [], ...changes });

describe("a challenged miner", () => {
  test("that serves the model leaves a transcript which says so, with times of every step", async () => {
    const { seen } = await observed(() => ({}));
    const evidence = await seen;
    expect(evidence).toMatchObject({
      outcome: "ok",
      promptTokens: 5,
      claimed: { id: MODEL },
      own: { id: MODEL },
    });
    expect(evidence.checked).toHaveLength(48);
    expect(observedInference(evidence, asked)).toMatchObject({ verdict: { accepted: true }, tokens: 48 });
    for (const [step, ms] of evidence.stepMs.entries()) {
      expect(evidence.firstTokenMs[step]).toBeGreaterThan(0);
      expect(ms).toBeGreaterThanOrEqual(evidence.firstTokenMs[step]!);
    }
  });

  test.each<[string, string, Conduct]>([
    ["refused", "serves no such model", () => NO_MODEL],
    ["refused", "refuses", failing("refused")],
    ["refused", "breaks down for good", failing("defect")],
    ["malformed", "says that the question is malformed", failing("malformed")],
    [
      "malformed",
      "has a card that is none",
      () => ({ card: async () => ({ status: "card", card: {} }) as never }),
    ],
    ["malformed", "sends chunks that are none", chunked(() => ({ type: "nonsense" }))],
    ["malformed", "begins with another number", chunked((seq) => tokens({})(seq + 1))],
    ["malformed", "has impossible probabilities", chunked(tokens({ logprobs: [logprob({ logprob: 1 })] }))],
    [
      "malformed",
      "has tokens beyond the vocabulary",
      chunked(tokens({ logprobs: [logprob({ token: 256 })] })),
    ],
    ["policy", "leaves probabilities out", chunked(tokens({ tokens: [65] }), 8)],
    ["policy", "names tokens by texts", chunked(tokens({ logprobs: [logprob({ token: null, text: "A" })] }))],
    ["policy", "says nothing", chunked(tokens({}), 0)],
    ["limit", "gives more than was asked for", chunked(tokens({ logprobs: [logprob({})] }))],
    ["limit", "never comes to the point", chunked((seq) => ({ type: "prefill", seq, done: 1, total: 2 }))],
  ])("is charged as %s when it %s", async (outcome, _, conduct) => {
    expect(await outcomeOf(conduct)).toBe(outcome as never);
  });

  test.each<[string, Conduct]>([
    ["hangs", () => ({ generate: () => endless() })],
    ["breaks off again and again", failing("unavailable")],
    ["asks for patience", failing("overloaded")],
    ["claims to be cancelled", failing("cancelled")],
  ])("that %s holds its place until the deadline and no longer", async (_, conduct) => {
    const { seen, tookMs } = await observed(conduct);
    expect((await seen).outcome).toBe("timeout");
    expect(tookMs()).toBeGreaterThanOrEqual(TIMEOUT_MS - 10);
    expect(tookMs()).toBeLessThan(TIMEOUT_MS + 1_000);
  });

  test("whose answer broke off is asked the same step again, and its time runs on", async () => {
    let steps = 0;
    const { seen } = await observed((honest) => ({
      async *generate(request, context) {
        if (++steps === 3) throw new Failure("unavailable", "restarting");
        yield* honest.generate(request, context);
      },
    }));
    const { outcome, stepMs } = await seen;
    expect(outcome).toBe("ok");
    expect(stepMs[2]).toBeGreaterThan(stepMs[1]! + 200);
  });

  test("is charged for nothing that the validator's own model does", async () => {
    const away = { prompt: () => Promise.reject(new Failure("unavailable", "no model")) };
    expect(await outcomeOf(() => ({}), { judge: away })).toBe("infra");
    const failed = { check: () => Promise.reject(new Failure("refused", "cannot score")) };
    expect(await outcomeOf(() => ({}), { judge: failed })).toBe("infra");
    const tooLong = { prompt: () => Promise.reject(new Failure("defect", "too long")) };
    expect(await outcomeOf(() => ({}), { judge: tooLong })).toBe("validator");
  });

  test("leaves no evidence when the validator stops", async () => {
    const stop = new AbortController();
    const { seen } = await observed(() => ({ generate: () => endless() }), {
      abort: stop.signal,
      during: (world) => void world.clock.after(1_000, () => stop.abort()),
    });
    expect((await rejection(seen)).code).toBe("cancelled");
  });
});

async function* endless(): AsyncGenerator<never> {
  await new Promise(() => {});
}
