/** One epoch as JSON: what `bun run yuma --case` reads and prints. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { EpochInput, EpochOutput } from "./epoch-input.ts";
import { MAX_UIDS } from "./fixed-point.ts";
import { stakeOf } from "./stake.ts";

const U64_MAX = 2n ** 64n - 1n;

const Block = z.number().int().min(0);
const U16 = z.number().int().min(0).max(65_535);
/** u64; a string keeps it exact beyond 2⁵³. */
const Rao = z
  .union([z.string().regex(/^\d{1,20}$/, "whole rao as a decimal string"), Block])
  .transform(BigInt)
  .refine((rao) => rao <= U64_MAX, "above the largest u64");
const perUid = <T extends z.ZodType>(value: T) => z.array(value).max(MAX_UIDS);
const Rows = perUid(perUid(z.tuple([U16, U16])));

const Fields = z.object({
  n: z.number().int().min(1).max(MAX_UIDS),
  block: Block,
  tempo: U16,
  lastMechanismStep: Block,
  stake: perUid(Rao),
  lastUpdate: perUid(Block),
  registeredAt: perUid(Block),
  permits: perUid(z.boolean()),
  maxValidators: U16,
  weights: Rows,
  bonds: Rows,
  kappa: U16,
  bondsPenalty: U16,
  bondsMovingAverage: z.number().int().min(0).max(1_000_000),
  yuma3: z.boolean(),
  liquidAlpha: z.boolean(),
  alphaLow: U16,
  alphaHigh: U16,
  alphaSteepness: z.number().int().min(-32_768).max(32_767),
  activityCutoff: Block,
  ownerUid: U16.nullable(),
  emissionRao: Rao,
  stakeThreshold: Rao.default(0n),
  commitBlocks: perUid(Block.nullable()).optional(),
});

const PER_UID = [
  "stake",
  "lastUpdate",
  "registeredAt",
  "permits",
  "weights",
  "bonds",
  "commitBlocks",
] as const;

/** Vectors have n elements, rows name uids of the network, each once. Shares are u16 and blocks numbers, as on chain. */
export const EpochCase = Fields.superRefine((given, context) => {
  const refuse = (message: string, path: PropertyKey[]) =>
    context.addIssue({ code: "custom", message, path });
  for (const key of PER_UID) {
    const length = given[key]?.length ?? given.n;
    if (length !== given.n) refuse(`has ${length} elements, but n is ${given.n}`, [key]);
  }
  for (const key of ["weights", "bonds"] as const) {
    for (const [uid, row] of given[key].entries()) {
      const seen = new Set<number>();
      for (const [at, [column]] of row.entries()) {
        if (column >= given.n) refuse(`uid ${column} is not in a network of ${given.n}`, [key, uid, at]);
        if (seen.has(column)) refuse(`uid ${column} comes twice in this row`, [key, uid, at]);
        seen.add(column);
      }
    }
  }
  if (given.alphaLow > given.alphaHigh) refuse("is above alphaHigh", ["alphaLow"]);
  if (given.ownerUid !== null && given.ownerUid >= given.n)
    refuse(`uid ${given.ownerUid} is not in a network of ${given.n}`, ["ownerUid"]);
  if (given.stake.reduce((total, own) => total + own, 0n) >= 2n ** 63n)
    refuse("is 2^63 rao or more together, which the chain's own sum cannot hold", ["stake"]);
});

/** Reads a case. Fails with `malformed`, naming the first field that is wrong. */
export function readCase(given: unknown): EpochInput {
  const parsed = EpochCase.safeParse(given);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    const path = issue?.path.map(String).join(".") ?? "";
    throw new Failure("malformed", `${path === "" ? "the case" : path}: ${issue?.message ?? "not allowed"}`, {
      meta: { path, issues: parsed.error.issues.length },
      hint: "chain/yuma/vectors/example.json is a whole case; shares are u16 as stored (32767 for a kappa of a half).",
    });
  }
  const { stake, ...rest } = parsed.data;
  return { ...rest, stake: stake.map(stakeOf) };
}

/** The answer as JSON: raw I32F32 and rao as decimal strings, bonds as the chain stores them. */
export function printOutput(output: EpochOutput) {
  const raw = (values: Float64Array) => Array.from(values, String);
  return {
    consensus: raw(output.consensus),
    incentive: raw(output.incentive),
    dividends: raw(output.dividends),
    validatorTrust: raw(output.validatorTrust),
    bonds: output.bonds,
    permits: output.permits,
    serverEmission: output.serverEmission.map(String),
    validatorEmission: output.validatorEmission.map(String),
  };
}
