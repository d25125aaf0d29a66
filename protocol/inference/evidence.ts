/** What was observed when a miner's model was challenged: enough to recompute the verdict without any model. */
import { z } from "zod";
import { BlobRef } from "../blob.ts";
import { Sha256 } from "../ids.ts";
import { ModelCard } from "../model.ts";
import { ModelId } from "../model-id.ts";
import { Outcome } from "../outcome.ts";
import { Checked, MAX_CLAIMS, MAX_STEPS } from "./claims.ts";

const Times = z.array(z.number().nonnegative()).max(MAX_STEPS);

export const InferenceEvidence = z.object({
  type: z.literal("inference"),
  /** `ok` when the miner answered every step and its claims were scored, whatever they are worth; otherwise why not. */
  outcome: Outcome,
  detail: z.string().max(2_000).optional(),
  model: ModelId,
  /** JSON of `Transcript`: every token, nonces included, and every claim. */
  transcript: BlobRef.optional(),
  promptTokens: z.number().int().nonnegative(),
  /** Which claims are checked: drawn when the transcript was whole. */
  seed: Sha256.optional(),
  checked: z.array(Checked).max(MAX_CLAIMS),
  /** Of each step by the validator's clock, in milliseconds: until its first token was there, and its last. */
  firstTokenMs: Times,
  stepMs: Times,
  /** What the miner says that it runs. It decides nothing. */
  claimed: ModelCard.nullable(),
  /** Of the model that scored. */
  own: ModelCard.nullable(),
});
export type InferenceEvidence = z.infer<typeof InferenceEvidence>;
