/** The demo miners' real programs in a real isolate: each gets a true outcome. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import type { CodeTask } from "../../subnets/longcontext/code/kind.ts";
import { longcontext } from "../../subnets/longcontext/index.ts";
import { type Personality, programOf } from "../../subnets/longcontext/miners/index.ts";
import { randomOf } from "../../subnets/longcontext/random.ts";
import { provisionWasmtime } from "../provision/isolates.ts";

/** Eighteen interpreters per miner, on a machine that may be busy. */
const PATIENCE = 120_000;

const params = longcontext.params.parse({ codeTasks: 9, codeTests: 2, codeSize: 20, readingTokens: [] });
const seed = "0123abcd";
const tasks = longcontext
  .draw({ round: 1, seed, random: randomOf(seed), params, dataset: {} })
  .filter((task): task is CodeTask => task.kind === "code");

describe("demo miners in a real isolate", () => {
  let backend: IsolateBackend;
  beforeAll(async () => {
    backend = await provisionWasmtime();
  }, PATIENCE);
  afterAll(() => backend.close());

  /** Verdict per function. */
  const judged = async (personality: Personality) => {
    const { runtime, entry, files } = programOf(personality);
    const verdicts = new Map<string, ReturnType<typeof longcontext.kinds.code.score>>();
    for (const task of tasks) {
      const { call, cases, limits } = longcontext.kinds.code.run(task);
      const request = { runtime, entry, files, cases, limits: { ...DEFAULT_LIMITS, ...limits }, seed: 1 };
      const evidence = await backend.run(call === undefined ? request : { ...request, call });
      verdicts.set(task.public.call, longcontext.kinds.code.score({ task, cases: evidence.cases }));
    }
    return verdicts;
  };
  const outcomes = async (personality: Personality) =>
    new Set([...(await judged(personality)).values()].map(({ outcome }) => outcome));

  test(
    "good solves everything within the limits",
    async () => {
      for (const [call, verdict] of await judged("good"))
        expect(verdict, call).toMatchObject({ outcome: "ok", reward: 1 });
    },
    PATIENCE,
  );

  test(
    "sloppy earns something, and far from everything",
    async () => {
      const rewards = [...(await judged("sloppy")).values()].map(({ reward }) => reward);
      const mean = rewards.reduce((sum, reward) => sum + reward, 0) / rewards.length;
      expect(mean).toBeGreaterThan(0.05);
      expect(mean).toBeLessThan(0.6);
    },
    PATIENCE,
  );

  test(
    "crash gets nothing: every test ends in an error or in what is not JSON",
    async () => {
      expect(await outcomes("crash")).toEqual(new Set(["wrong", "malformed"]));
    },
    PATIENCE,
  );

  test(
    "loop runs out of fuel in every test",
    async () => {
      expect(await outcomes("loop")).toEqual(new Set(["timeout"]));
    },
    PATIENCE,
  );

  test(
    "cheat finds nothing and no forgery counts",
    async () => {
      for (const [call, verdict] of await judged("cheat")) {
        expect(verdict, call).toMatchObject({ accuracy: 0, reward: 0 });
        expect(verdict.outcome, call).not.toBe("ok");
      }
    },
    PATIENCE,
  );
});
