import { z } from "zod";
import { Hotkey, Uid } from "../ids.ts";
import { Metagraph } from "../metagraph.ts";
import { MAX_METHOD_BYTES, request, service } from "../service.ts";
import { CallFate, WeightRow, WeightRules } from "../weight-setting.ts";
import { WeightVector } from "../weights.ts";

export const ChainHead = z.object({ block: z.number().int().nonnegative(), hash: z.string().max(80) });
export type ChainHead = z.infer<typeof ChainHead>;

export const ChainParams = z.object({
  /** Blocks per epoch. */
  tempo: z.number().int().positive(),
  /** Blocks between two weight sets of one hotkey. */
  weightsRateLimit: z.number().int().nonnegative(),
  blockTimeMs: z.number().int().positive(),
});
export type ChainParams = z.infer<typeof ChainParams>;

export const SubmitWeights = z.object({
  netuid: z.number().int().nonnegative(),
  hotkey: Hotkey,
  vector: WeightVector,
  versionKey: z.number().int().nonnegative(),
  /** sr25519 over the canonical JSON of the other fields. */
  signature: z.string().max(256),
});
export type SubmitWeights = z.infer<typeof SubmitWeights>;

/** `substrate`: weights go by the `chain-rpc` service, signed where the key is. */
export const ChainAbout = z.object({ kind: z.enum(["local", "substrate"]) });

export const WeightRulesAsked = z.object({ netuid: z.number().int().nonnegative(), hotkey: Hotkey });

export const CallAsked = z.object({
  netuid: z.number().int().nonnegative(),
  hotkey: Hotkey,
  /** Hash of the signed call. */
  hash: z.string().max(80),
  /** The first block that cannot hold it any more. */
  dies: z.number().int().nonnegative(),
});

export const OnChainRow = z.object({
  block: z.number().int().nonnegative(),
  row: WeightRow,
  lastUpdate: z.number().int().nonnegative(),
});

const everyJudge = ["validator", "scorer", "weight-setter", "gateway", "sandbox", "miner", "model"] as const;

/** The chain, served to the other processes of a cluster: a local one, or a real one over a single connection. */
export const Chain = service(
  "chain",
  1,
  {
    servedBy: ["registry", "chain"],
    summary: "The chain: blocks, metagraph, and weights where it is a local one.",
  },
  {
    head: request(z.object({}), ChainHead, {
      calledBy: everyJudge,
      timeoutMs: 5_000,
      summary: "Number and hash of the latest block.",
    }),
    blockHash: request(z.object({ block: z.number().int().nonnegative() }), ChainHead, {
      calledBy: everyJudge,
      timeoutMs: 5_000,
      summary: "Hash of an earlier block; rounds are seeded by it.",
    }),
    params: request(z.object({ netuid: z.number().int().nonnegative() }), ChainParams, {
      calledBy: everyJudge,
      timeoutMs: 5_000,
      summary: "Tempo, rate limit and block time of a subnet.",
    }),
    metagraph: request(z.object({ netuid: z.number().int().nonnegative() }), Metagraph, {
      calledBy: everyJudge,
      timeoutMs: 5_000,
      maxBytes: MAX_METHOD_BYTES,
      summary: "Who takes part in a subnet, with stake and permits.",
    }),
    about: request(z.object({}), ChainAbout, {
      calledBy: ["weight-setter", "gateway"],
      timeoutMs: 5_000,
      summary: "Whether it is a local chain, or one that is spoken to in its own language.",
    }),
    weightRules: request(WeightRulesAsked, WeightRules, {
      calledBy: ["weight-setter"],
      timeoutMs: 5_000,
      summary: "What the chain looks at before it takes weights of a hotkey.",
    }),
    weightRow: request(z.object({ netuid: z.number().int().nonnegative(), uid: Uid }), OnChainRow, {
      calledBy: ["weight-setter"],
      timeoutMs: 5_000,
      summary: "The weights of a uid on chain.",
    }),
    callFate: request(CallAsked, CallFate, {
      calledBy: ["weight-setter"],
      timeoutMs: 5_000,
      summary: "What became of weights that were submitted.",
    }),
    submitWeights: request(SubmitWeights, ChainHead, {
      calledBy: ["weight-setter"],
      timeoutMs: 15_000,
      summary: "Set weights; refused by the same checks, in the same order, as a real chain's.",
    }),
  },
);
