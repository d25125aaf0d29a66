/** Specifies the order of a call's checks: each one alone gives its own error, and of two the earlier. */
import { describe, expect, test } from "bun:test";
import { oneSubnet, type TestChain, testChain } from "./test-chain.fixture.ts";

export interface Attempt {
  chain: TestChain;
  who: string;
  call: string;
  args: Record<string, unknown>;
}

/** Makes one check fail, by changing the chain or the call. */
export type Breakage = (attempt: Attempt) => void;

export interface OrderedChecks {
  /** What passes. */
  given: (chain: TestChain) => Omit<Attempt, "chain">;
  genesis?: unknown;
  /** Pairs of errors that cannot both apply; a pair that can fails the test. */
  exclusive?: readonly (readonly [string, string])[];
  /** In the chain's order. */
  checks: Readonly<Record<string, Breakage>>;
}

export function describeChecks(
  call: string,
  { given, genesis = oneSubnet(), checks, exclusive = [] }: OrderedChecks,
) {
  const outcome = async (broken: readonly string[]): Promise<string | undefined> => {
    const chain = await testChain({ genesis });
    const attempt: Attempt = { chain, ...given(chain) };
    // The later ones first, so that an earlier one has the last word on what both change.
    for (const name of [...broken].reverse()) checks[name]!(attempt);
    return chain.call(attempt.who, attempt.call, attempt.args);
  };
  const names = Object.keys(checks);
  describe(`${call} checks in the chain's order`, () => {
    test("and passes when nothing is wrong", async () => {
      expect(await outcome([])).toBeUndefined();
    });
    test.each(names)("%s", async (name) => {
      expect(await outcome([name])).toBe(name);
      for (const later of names.slice(names.indexOf(name) + 1)) {
        const told = `with ${later}: ${await outcome([name, later])}`;
        if (exclusive.some(([a, b]) => a === name && b === later)) expect(told).not.toEndWith(` ${name}`);
        else expect(told).toBe(`with ${later}: ${name}`);
      }
    });
  });
}
