/** vLLM's `prompt_logprobs`: for each token of the prompt the probabilities of some tokens in its place, by id. */
import { z } from "zod";
import type { ScoreResult } from "../../protocol/model.ts";
import { misbehaved } from "./server.ts";

const Entry = z.object({
  logprob: z
    .number()
    .nullable()
    .transform((value) => Math.min(0, Math.max(value ?? -9_999, -9_999))),
  rank: z.number().int().nullish(),
  decoded_token: z.string().max(1_024).nullish(),
});
const Position = z.record(z.string().regex(/^\d{1,10}$/), Entry).nullable();

export const PromptLogprobs = z.object({
  choices: z
    .array(
      z.object({
        prompt_logprobs: z.array(Position).max(4_194_304),
        prompt_token_ids: z.array(z.number().int().nonnegative()).max(4_194_304).nullish(),
      }),
    )
    .min(1),
  usage: z.object({ prompt_tokens: z.number().int().nonnegative() }),
});

/**
 * The token that stands at a position is named by `prompt_token_ids`; without these it is the entry that is not among the
 * best, or the only one. Fails with `provider` when a position that was asked for is not told.
 */
export function scoresOf(
  told: z.infer<typeof PromptLogprobs>,
  positions: readonly number[],
  top: number,
): ScoreResult["scores"] {
  const { prompt_logprobs: all, prompt_token_ids: ids } = told.choices[0]!;
  return positions.map((position) => {
    const entries = Object.entries(all[position] ?? {}).map(
      ([token, { logprob, rank, decoded_token: text }]) => ({
        rank: rank ?? 0,
        entry: { token: Number(token), logprob, ...(text == null ? {} : { text }) },
      }),
    );
    const id = ids?.[position];
    // Asked for k alternatives, vLLM adds the token itself as one more when it is not among them.
    const found =
      id === undefined
        ? (entries.find(({ rank }) => rank > top) ?? (entries.length === 1 ? entries[0] : undefined))
        : entries.find(({ entry }) => entry.token === id);
    if (found === undefined) throw misbehaved("it does not tell the probability of a token", { position });
    const best = entries.toSorted((a, b) => b.entry.logprob - a.entry.logprob).slice(0, top);
    return { position, ...found.entry, top: best.map(({ entry }) => entry) };
  });
}
