/** Typed deep equality of a guest's output and the expected one: no text comparison, no coercion. */
import type { Json } from "../../../protocol/ids.ts";

/** One part in a thousand million: sums may be added in another order, nothing else may differ. */
const TOLERANCE = 1e-9;

/**
 * True when both have the same types and values. `1`, `true` and `"1"` differ; the order of an object's keys does not
 * matter, that of a list does; numbers may differ by `tolerance` relative to the larger of 1 and the expected one.
 * Recursion follows `expected` only, so that no output can make it deep.
 */
export function matches(output: unknown, expected: Json, tolerance = TOLERANCE): boolean {
  if (typeof expected === "number") {
    return (
      typeof output === "number" && Math.abs(output - expected) <= tolerance * Math.max(1, Math.abs(expected))
    );
  }
  if (typeof expected !== "object" || expected === null) return output === expected;
  if (typeof output !== "object" || output === null || Array.isArray(output) !== Array.isArray(expected))
    return false;
  const [found, wanted] = [Object.keys(output), Object.keys(expected)];
  return (
    found.length === wanted.length &&
    wanted.every(
      (key) =>
        Object.hasOwn(output, key) &&
        matches(
          (output as Record<string, unknown>)[key],
          (expected as Record<string, Json>)[key] as Json,
          tolerance,
        ),
    )
  );
}
