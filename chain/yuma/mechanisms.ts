/** A subnet with several mechanisms: its emission split between them, one epoch of each, and the sums that the chain stores. */
import { runEpoch } from "./epoch.ts";
import type { EpochInput, EpochOutput } from "./epoch-input.ts";
import { toU16 } from "./fixed-point.ts";

/** What differs from mechanism to mechanism; the rest of the input is the subnet's. */
export type MechanismInput = Pick<EpochInput, "weights" | "bonds" | "lastUpdate" | "commitBlocks">;

export interface SubnetInput {
  subnet: Omit<EpochInput, keyof MechanismInput>;
  mechanisms: readonly MechanismInput[];
  /** `MechanismEmissionSplit`, u16 shares of 65,535; null for even shares. */
  split: readonly number[] | null;
}

/** What the chain stores per uid, over all mechanisms: u16 shares of 65,535, and rao. */
export interface SubnetTerms {
  stakeWeight: number;
  consensus: number;
  dividend: number;
  validatorTrust: number;
  active: boolean;
  permit: boolean;
  emission: bigint;
  serverEmission: bigint;
  validatorEmission: bigint;
}

/** Rao for each mechanism; what rounding leaves goes to the first (`split_emissions`). */
export function splitEmission(rao: bigint, mechanisms: number, split: readonly number[] | null): bigint[] {
  const parts = Array.from({ length: mechanisms }, (_, mechanism) =>
    split === null ? rao / BigInt(mechanisms) : (rao * BigInt(split[mechanism] ?? 0)) / 65_535n,
  );
  const rest = rao - parts.reduce((total, part) => total + part, 0n);
  if (parts[0] !== undefined && rest > 0n) parts[0] += rest;
  return parts;
}

/**
 * Runs the epoch of each mechanism on its part of the emission (`epoch_with_mechanisms`): emissions add up, permits and
 * activity are those of any mechanism, shares are averaged by emission. Incentive and bonds stay per mechanism.
 */
export function runSubnetEpoch({ subnet, mechanisms, split }: SubnetInput): {
  mechanisms: EpochOutput[];
  terms: SubnetTerms[];
} {
  const total = subnet.emissionRao;
  const parts = splitEmission(total, mechanisms.length, split);
  const outputs = mechanisms.map((own, mechanism) =>
    runEpoch({ ...subnet, ...own, emissionRao: parts[mechanism]! }),
  );
  // U64F64; with nothing to split the first mechanism counts whole.
  const shares = parts.map((part, mechanism) =>
    total === 0n ? (mechanism === 0 ? 2n ** 64n : 0n) : (part << 64n) / total,
  );
  // Rounded down after each mechanism, as the chain adds them one by one.
  const average = (value: (output: EpochOutput) => bigint): bigint =>
    outputs.reduce((mean, output, mechanism) => mean + ((value(output) * shares[mechanism]!) >> 64n), 0n);
  const averageU16 = (value: (output: EpochOutput) => number): number =>
    Number(average((output) => BigInt(toU16(value(output)))));
  const terms = Array.from({ length: subnet.n }, (_, uid) => ({
    stakeWeight: averageU16(({ stakeWeight }) => stakeWeight[uid]!),
    consensus: averageU16(({ consensus }) => consensus[uid]!),
    dividend: averageU16(({ dividends }) => dividends[uid]!),
    validatorTrust: averageU16(({ validatorTrust }) => validatorTrust[uid]!),
    active: outputs.some(({ active }) => active[uid] === true),
    permit: outputs.some(({ permits }) => permits[uid] === true),
    emission: average(({ combinedEmission }) => combinedEmission[uid]!),
    serverEmission: outputs.reduce((rao, { serverEmission }) => rao + serverEmission[uid]!, 0n),
    validatorEmission: outputs.reduce((rao, { validatorEmission }) => rao + validatorEmission[uid]!, 0n),
  }));
  return { mechanisms: outputs, terms };
}
