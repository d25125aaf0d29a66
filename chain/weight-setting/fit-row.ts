/** Turns the shares that a mechanism decided on into a row that the subnet's own rules allow. */
import { Failure } from "../../protocol/failure.ts";
import type { WeightRow, WeightRules } from "../../protocol/weight-setting.ts";
import { MAX_WEIGHT } from "../weights.ts";

type Limits = Pick<WeightRules, "neurons" | "minWeights" | "maxWeight">;

/**
 * Caps each uid at the subnet's largest share, giving what is cut to the others in proportion, and fills the row up with
 * zeros to the least length: a zero pays nobody. Values end with the largest at 65,535. Fails with `refused` when the rules
 * cannot be met, such as a cap of a tenth with nine uids.
 */
export function fitRow(row: WeightRow, limits: Limits): WeightRow {
  const capped = limits.maxWeight === MAX_WEIGHT ? row.values : cap(row.values, limits.maxWeight);
  const uids = [...row.uids];
  const values = [...capped];
  const least = Math.min(limits.neurons, limits.minWeights);
  const there = new Set(uids);
  for (let uid = 0; uids.length < least && uid < limits.neurons; uid++) {
    if (there.has(uid)) continue;
    uids.push(uid);
    values.push(0);
  }
  const order = uids.map((_, at) => at).sort((a, b) => (uids[a] ?? 0) - (uids[b] ?? 0));
  return { uids: order.map((at) => uids[at] ?? 0), values: order.map((at) => values[at] ?? 0) };
}

/** Water-filling: the largest are set to the cap until the rest, in proportion, stays below it. */
function cap(values: readonly number[], maxWeight: number): number[] {
  const total = values.reduce((sum, value) => sum + value, 0);
  const most = maxWeight / MAX_WEIGHT;
  if (total === 0 || values.every((value) => value / total <= most)) return [...values];
  const earning = values.filter((value) => value > 0).length;
  if (earning * most < 1) {
    throw new Failure("refused", "MaxWeightExceeded", {
      meta: { earning, maxWeight },
      hint: `With this limit at least ${Math.ceil(1 / most)} miners must earn; ask the subnet's owner, or wait for more miners.`,
    });
  }
  const shares = values.map((value) => value / total);
  const isCapped = shares.map(() => false);
  for (;;) {
    const left = 1 - most * isCapped.filter(Boolean).length;
    const free = shares.reduce((sum, share, at) => sum + (isCapped[at] ? 0 : share), 0);
    const over = shares.findIndex((share, at) => !isCapped[at] && share > 0 && (share / free) * left > most);
    if (over < 0) {
      const fitted = shares.map((share, at) =>
        isCapped[at] ? most : free === 0 ? 0 : (share / free) * left,
      );
      return toU16(fitted, maxWeight);
    }
    isCapped[over] = true;
  }
}

/** Rounds down but for the smallest excess, so that rounding itself never breaks the cap. */
function toU16(shares: readonly number[], maxWeight: number): number[] {
  const largest = Math.max(...shares);
  const values = shares.map((share) =>
    share === 0 ? 0 : Math.max(1, Math.round((share / largest) * MAX_WEIGHT)),
  );
  // The chain compares in whole numbers: where rounding put the largest over the limit, the others gain a little.
  for (let tries = 0; tries < values.length; tries++) {
    const sum = values.reduce((total, value) => total + value, 0);
    if (values.every((value) => value / sum <= maxWeight / MAX_WEIGHT)) break;
    for (const [at, value] of values.entries()) {
      if (value > 0 && value < MAX_WEIGHT) values[at] = value + 1;
    }
  }
  return values;
}
