/** What every client must have seen on the chain of `genesis.ts`, in the shape that most of them say it in. */
import { expect } from "bun:test";
import { TEMPO, WEIGHTS_RATE_LIMIT } from "./genesis.ts";
import type { ClientRun } from "./run-client.ts";

export function expectHyperparameters(run: ClientRun): void {
  expect(run.said("hyperparameters")).toEqual({
    tempo: TEMPO,
    limit: WEIGHTS_RATE_LIMIT,
    commit_reveal: false,
  });
}

/** Three numbers of blocks, none left out. */
export function expectConsecutive(run: ClientRun, step = "heads"): void {
  const { numbers } = run.said(step) as { numbers: number[] };
  expect(numbers).toEqual([0, 1, 2].map((later) => (numbers[0] ?? 0) + later));
}

/** Miners 2 and 3 by weights of 1 to 3, the only validator alone; `whole` is what the client calls all of it. */
export function expectPaid(run: ClientRun, whole: 1 | 65_535): void {
  const { incentive, dividends, earned } = run.said("epoch") as {
    incentive: number[];
    dividends: number[];
    earned: number;
  };
  expect((incentive[2] ?? 0) / whole).toBeCloseTo(0.25, 2);
  expect((incentive[3] ?? 0) / whole).toBeCloseTo(0.75, 2);
  expect((dividends[1] ?? 0) / whole).toBeCloseTo(1, 2);
  expect(earned).toBeGreaterThan(0);
}
