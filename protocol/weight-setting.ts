/** Setting weights as a chain sees it: what it looks at before it takes them, and what is signed and sent. */
import { z } from "zod";
import { Hotkey, Timestamp, Uid } from "./ids.ts";

const Block = z.number().int().nonnegative();
const Hex = (bytes: number) =>
  z
    .string()
    .regex(/^0x(?:[0-9a-f]{2})*$/)
    .max(2 + 2 * bytes);
/** Numbers of 64 bits, in decimal. */
const U64 = z.string().regex(/^\d{1,20}$/);

/** A row of weights as it is submitted: like a `WeightVector`, but zeros may fill it up to the least length. */
export const WeightRow = z
  .object({
    uids: z.array(Uid).max(4_096),
    values: z.array(z.number().int().min(0).max(65_535)).max(4_096),
  })
  .refine(({ uids, values }) => uids.length === values.length, { message: "one value per uid" });
export type WeightRow = z.infer<typeof WeightRow>;

/** When epochs run; as the chain keeps it. */
export const EpochState = z.object({
  block: Block,
  tempo: z.number().int().min(0).max(65_535),
  lastEpochBlock: Block,
  /** An epoch that the owner asked for; 0 for none. */
  pendingEpochAt: Block,
  epochIndex: z.number().int().nonnegative(),
  blocksSinceLastStep: z.number().int().nonnegative(),
});
export type EpochState = z.infer<typeof EpochState>;

/** How a subnet wants weights committed before they are known. */
export const CommitRules = z.object({
  /** Of timelocked commits. */
  version: z.number().int().nonnegative(),
  /** Epochs between commit and reveal. */
  revealPeriod: z.number().int().min(1).max(1_000),
  schedule: EpochState,
  /** Commits of this hotkey that are not revealed yet, of either kind. */
  open: z.number().int().nonnegative(),
  /** Null where the chain has no calls for it. */
  beacon: z
    .object({
      publicKey: Hex(96),
      periodMs: z.number().int().positive(),
      genesisMs: Timestamp,
      /** The last round that the chain stored. */
      lastRound: z.number().int().nonnegative(),
    })
    .nullable(),
});
export type CommitRules = z.infer<typeof CommitRules>;

/** Everything that a chain looks at before it takes weights of one hotkey, at one block. */
export const WeightRules = z.object({
  block: Block,
  hash: z.string().max(80),
  /** Time of that block, by the chain. */
  at: Timestamp,
  blockTimeMs: z.number().int().positive(),
  /** Epochs of this subnet so far. */
  epoch: z.number().int().nonnegative(),
  /** Undefined fields below would be guesses: false means that there is no such subnet. */
  exists: z.boolean(),
  neurons: z.number().int().nonnegative(),
  uid: Uid.nullable(),
  /** Whether the hotkey is the subnet owner's, who is let off some checks. */
  owner: z.boolean(),
  permit: z.boolean(),
  stakeRao: U64,
  stakeThresholdRao: U64,
  versionKey: U64,
  minWeights: z.number().int().min(0).max(65_535),
  /** Largest share of one uid, of 65,535. */
  maxWeight: z.number().int().min(0).max(65_535),
  /** Block of the last set or commit; 0 for never. */
  lastUpdate: Block,
  rateLimit: z.number().int().nonnegative(),
  /** Null: weights are set in the open. */
  commitReveal: CommitRules.nullable(),
});
export type WeightRules = z.infer<typeof WeightRules>;

/** One of the calls by which weights reach a chain. */
export const WeightCall = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("set"), row: WeightRow, versionKey: U64 }),
  z.object({ kind: z.literal("commit"), hash: Hex(32) }),
  z.object({
    kind: z.literal("reveal"),
    row: WeightRow,
    salt: z.array(z.number().int().min(0).max(65_535)).max(64),
    versionKey: U64,
  }),
  z.object({
    kind: z.literal("timelock"),
    ciphertext: Hex(5_000),
    round: z.number().int().positive(),
    version: z.number().int().nonnegative(),
  }),
]);
export type WeightCall = z.infer<typeof WeightCall>;

/** A signed submission, complete: it can be put on record, sent, sent again, and looked for. */
export const SignedCall = z.object({
  netuid: z.number().int().nonnegative(),
  hotkey: Hotkey,
  bytes: Hex(48 * 1_024),
  hash: z.string().max(80),
  nonce: z.number().int().nonnegative(),
  /** Head when it was signed: it is in no earlier block. */
  born: Block,
  /** The first block that cannot hold it any more. */
  dies: Block,
});
export type SignedCall = z.infer<typeof SignedCall>;

/** What became of a signed call: of a failure, all that is told of it travels. */
export const CallFate = z.discriminatedUnion("state", [
  z.object({ state: z.literal("pending") }),
  z.object({ state: z.literal("gone") }),
  z.object({ state: z.literal("included"), block: Block, hash: z.string().max(80) }),
]);
export type CallFate = z.infer<typeof CallFate>;
