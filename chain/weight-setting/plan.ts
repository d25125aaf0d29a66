/** What would be sent to the chain, when, and why: pure, so that a dry run tells exactly what a real one does. */
import { Failure } from "../../protocol/failure.ts";
import type { WeightRow, WeightRules } from "../../protocol/weight-setting.ts";
import { revealRound } from "../commit-reveal/reveal-round.ts";
import { type Beacon, roundAt } from "../timelock/beacon.ts";
import { fitRow } from "./fit-row.ts";
import { nextAllowedBlock, preflight } from "./preflight.ts";

export type Method = "set" | "hash" | "timelock";

export interface WeightPlan {
  method: Method;
  /** Why this method and no other. */
  why: string;
  /** The row that the subnet's rules make of the vector. */
  row: WeightRow;
  /** The first block that may hold it. */
  block: number;
  /** Until then, in milliseconds. */
  waitMs: number;
  /** When it will be known, for commits. */
  reveal: { epoch: number; block: number; round: number } | null;
  /** What the chain would refuse it for, in the chain's order; nothing is sent unless this is empty. */
  problems: Failure[];
}

export interface PlanOptions {
  rules: WeightRules;
  row: WeightRow;
  versionKey: bigint;
  netuid: number;
}

/** The version of timelocked commits that this release writes. */
const TIMELOCK_VERSION = 4;
/** A commit's bytes on chain; what is around the row, and each uid with its value. */
const MAX_COMMIT_BYTES = 5_000;
const COMMIT_OVERHEAD = 244 + 48;
/** Rounds of the beacon that an epoch must hold, so that one surely falls into the epoch of the reveal. */
const LEAST_PERIODS = 3;
/** A beacon that is this far behind the chain's time will not open anything in time. */
const BEACON_LAG_MS = 300_000;

export function planWeights({ rules, row: given, versionKey, netuid }: PlanOptions): WeightPlan {
  const problems: Failure[] = [];
  let row = given;
  try {
    row = fitRow(given, rules);
  } catch (thrown) {
    problems.push(Failure.from(thrown));
  }
  problems.push(...preflight({ rules, row, versionKey, netuid }));
  const { method, why } = chooseMethod(rules, row);
  const block = nextAllowedBlock(rules);
  const { commitReveal } = rules;
  const reveal =
    method === "set" || commitReveal === null || commitReveal.schedule.tempo === 0
      ? null
      : revealRound({
          // As it will stand in the block before the one that takes the commit.
          schedule: commitReveal.schedule,
          revealPeriod: commitReveal.revealPeriod,
          blockTimeMs: rules.blockTimeMs,
          beacon: commitReveal.beacon ?? { genesisMs: 0, periodMs: 1 },
          now: rules.at,
        });
  return {
    ...{ method, why, row, block, reveal, problems },
    waitMs: Math.max(0, block - 1 - rules.block) * rules.blockTimeMs,
  };
}

function chooseMethod(rules: WeightRules, row: WeightRow): { method: Method; why: string } {
  const { commitReveal } = rules;
  if (commitReveal === null) return { method: "set", why: "commit-reveal is off on this subnet" };
  const { beacon, version } = commitReveal;
  const on = "commit-reveal is on";
  if (beacon === null) return { method: "hash", why: `${on}, and the chain takes no timelocked commits` };
  if (version !== TIMELOCK_VERSION) {
    return {
      method: "hash",
      why: `${on}, and the chain wants timelocked commits of version ${version}, which this release does not write`,
    };
  }
  if (COMMIT_OVERHEAD + 4 * row.uids.length > MAX_COMMIT_BYTES) {
    return {
      method: "hash",
      why: `${on}, and ${row.uids.length} weights are more than a timelocked commit holds`,
    };
  }
  const epochMs = commitReveal.schedule.tempo * rules.blockTimeMs;
  if (epochMs < LEAST_PERIODS * beacon.periodMs) {
    return {
      method: "hash",
      why: `${on}, and an epoch of ${epochMs / 1_000} s is too short for a beacon of ${beacon.periodMs / 1_000} s`,
    };
  }
  const behindMs = behind(beacon, rules.at);
  if (behindMs > BEACON_LAG_MS) {
    return {
      method: "hash",
      why: `${on}, and the chain's beacon is ${Math.round(behindMs / 1_000)} seconds behind`,
    };
  }
  return { method: "timelock", why: `${on}, and the chain's beacon opens timelocked commits` };
}

const behind = (
  beacon: Pick<Beacon, "periodMs" | "genesisMs"> & { lastRound: number },
  now: number,
): number => (roundAt(beacon, now) - beacon.lastRound) * beacon.periodMs;
