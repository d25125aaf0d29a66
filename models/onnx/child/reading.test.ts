import { expect, test } from "bun:test";
import fc from "fast-check";
import { commonTokens, keepable, reusable } from "./reading.ts";

const CHUNK = 8;
const length = fc.integer({ min: 1, max: 5 * CHUNK });

/** Ends of the steps that a prompt is read in from a place on, as `turns` makes them. */
function stepsFrom(from: number, prompt: number): [number, number][] {
  const steps: [number, number][] = [];
  for (let at = from; at < prompt; ) {
    const to = Math.min(prompt, at - (at % CHUNK) + CHUNK);
    steps.push([at, to]);
    at = to;
  }
  return steps;
}

/** Tokens by whether they are read alone: what their bits depend on where chunks can be split. */
const alone = (from: number, prompt: number): Map<number, boolean> =>
  new Map(
    stepsFrom(from, prompt).flatMap(([at, to]) =>
      Array.from({ length: to - at }, (_, n) => [at + n, to - at === 1] as [number, boolean]),
    ),
  );

test("whole chunks alone are gone on from where a chunk cannot be split", () => {
  fc.assert(
    fc.property(length, length, (common, prompt) => {
      const tokens = reusable(common, prompt, { chunkTokens: CHUNK, split: false });
      expect(tokens % CHUNK).toBe(0);
      expect(tokens).toBeLessThan(prompt);
      expect(tokens).toBeLessThanOrEqual(common);
      expect(Math.min(common, prompt - 1) - tokens).toBeLessThan(CHUNK);
      expect(keepable(prompt, { chunkTokens: CHUNK, split: false })).toBe(prompt - (prompt % CHUNK));
    }),
  );
});

test("where it can, a token that is read alone is read alone with and without what was read before", () => {
  const borders = { chunkTokens: CHUNK, split: true };
  fc.assert(
    fc.property(length, length, length, (first, common, prompt) => {
      const kept = keepable(first, borders);
      // Nobody goes on from a token whose bits are those of one read alone.
      const read = alone(0, first);
      for (let at = 0; at < kept; at++) expect(read.get(at)).toBe(false);
      const from = reusable(Math.min(kept, common), prompt, borders);
      expect(from).toBeLessThan(prompt);
      const whole = alone(0, prompt);
      for (const [at, is] of alone(from, prompt)) expect([at, is]).toEqual([at, whole.get(at) === true]);
      // At most one more token is read than there must be.
      expect(Math.min(kept, common, prompt - 1) - from).toBeLessThanOrEqual(1);
    }),
  );
});

test("tokens that two begin with are counted up to the first that differs", () => {
  fc.assert(
    fc.property(
      fc.uint8Array(),
      fc.array(fc.nat(99)),
      fc.array(fc.integer({ min: 100, max: 199 })),
      (same, one, other) => {
        const of = (rest: number[]) => Uint32Array.of(...same, ...rest);
        expect(commonTokens(of(one), of(other))).toBe(same.length);
      },
    ),
  );
});
