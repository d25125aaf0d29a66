/** Log probabilities with the texts of their tokens, for people and for the OpenAI API. */
import type { ChosenLogprob } from "../../../protocol/model.ts";
import type { Tokenizer } from "../../tokenizer/tokenizer.ts";

export function named(tokenizer: Tokenizer, { top, ...chosen }: ChosenLogprob): ChosenLogprob {
  return { ...withText(tokenizer, chosen), top: top.map((each) => withText(tokenizer, each)) };
}

const decoder = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** A token that is only a part of a character has no text of its own. */
export function withText<T extends { token: number | null }>(
  tokenizer: Tokenizer,
  told: T,
): T & { text?: string } {
  if (told.token === null) return told;
  try {
    return { ...told, text: decoder.decode(tokenizer.bytes(told.token)) };
  } catch {
    return told;
  }
}
