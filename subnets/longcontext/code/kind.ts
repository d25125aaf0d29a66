/** The code challenge: a function that miners write, run on hidden tests that are new in every round. */
import { z } from "zod";
import { Json } from "../../../protocol/ids.ts";
import { type CaseResult, IsolateLimits, OUTCOME_OF_ISOLATE } from "../../../protocol/isolate.ts";
import type { Outcome } from "../../../protocol/outcome.ts";
import { type DrawnTask, type DrawRandom, programTask } from "../../../protocol/subnet.ts";
import { tokensOf } from "../reading/length.ts";
import type { Challenge } from "./challenge.ts";
import { matches } from "./compare.ts";

/** Per hidden test. Starting Python takes about 0.5 G instructions, the reference solutions at most 0.5 G more. */
const LIMITS = {
  // Fuel ends a runaway long before this on any back end that counts it; the rest is for busy machines.
  wallMs: 6_000,
  cpuMs: 3_000,
  fuel: 2_000_000_000,
  memoryBytes: 128 * 1024 * 1024,
  outputBytes: 1024 * 1024,
};

const TestLimits = IsolateLimits.pick({
  wallMs: true,
  cpuMs: true,
  fuel: true,
  memoryBytes: true,
  outputBytes: true,
});

export const CodePublic = z.object({
  challenge: z.string().max(64),
  prompt: z.string().max(8_192),
  /** Function that a submission must define. */
  call: z.string().max(64),
  template: z.string().max(4_096),
  examples: z.array(z.object({ input: Json, output: Json })).max(16),
  /** Limits of each hidden test. */
  limits: TestLimits,
  tests: z.number().int().min(1),
  /** Length of the longest hidden input in tokens, by the same rule as for reading. */
  tokens: z.number().int().nonnegative(),
});
export type CodePublic = z.infer<typeof CodePublic>;

export const CodeSealed = z.object({
  tests: z
    .array(z.object({ input: Json, expected: Json }))
    .min(1)
    .max(64),
});
export type CodeSealed = z.infer<typeof CodeSealed>;

export type CodeTask = DrawnTask<CodePublic, CodeSealed> & { kind: "code" };

/** What a failed task is reported as when its tests failed in several ways: the most telling first. */
const TELLING: readonly Outcome[] = ["policy", "limit", "timeout", "malformed", "wrong"];

const outcomeOf = (result: CaseResult | undefined, expected: Json): Outcome => {
  if (result === undefined) return "malformed";
  if (result.outcome !== "ok") return OUTCOME_OF_ISOLATE[result.outcome];
  return matches(result.output, expected) ? "ok" : "wrong";
};

export const code = programTask({
  public: CodePublic,
  sealed: CodeSealed,
  run: ({ public: shown, sealed }) => ({
    runtime: "python",
    call: shown.call,
    cases: sealed.tests.map(({ input }) => input),
    limits: shown.limits,
  }),
  /** accuracy = passed / all tests; code earns it without a multiplier. */
  score({ task, cases }) {
    const outcomes = task.sealed.tests.map(({ expected }, at) => outcomeOf(cases[at], expected));
    const passed = outcomes.filter((outcome) => outcome === "ok").length;
    const accuracy = passed / outcomes.length;
    return {
      outcome: TELLING.find((outcome) => outcomes.includes(outcome)) ?? "ok",
      accuracy,
      reward: accuracy,
      detail: { challenge: task.public.challenge, passed, tests: outcomes.length, outcomes },
    };
  },
});

/** Hidden inputs from one of a single item to one of `size` items, in even steps of growth. */
function sizes(tests: number, size: number): number[] {
  return Array.from({ length: tests }, (_, at) =>
    tests === 1 ? size : Math.round(size ** (at / (tests - 1))),
  );
}

export function codeTask(
  random: DrawRandom,
  challenge: Challenge,
  options: { id: string; tests: number; size: number },
): CodeTask {
  const inputs = sizes(options.tests, options.size).map((size) => challenge.generate(random, size));
  return {
    id: options.id,
    kind: "code",
    public: {
      challenge: challenge.name,
      prompt: challenge.prompt,
      call: challenge.name,
      template: challenge.template,
      examples: challenge.examples.map(({ input, output }) => ({ input, output })),
      limits: LIMITS,
      tests: inputs.length,
      tokens: Math.max(...inputs.map((input) => tokensOf(JSON.stringify(input)))),
    },
    sealed: { tests: inputs.map((input) => ({ input, expected: challenge.solve(input) })) },
  };
}
