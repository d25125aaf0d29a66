/** Token F1 of question answering, as LongBench's `qa_f1_score` and `qa_f1_zh_score` compute it. */
import { cut } from "../jieba/cut.ts";
import { WHITESPACE, words } from "../python.ts";

const ASCII_PUNCTUATION = /[!-/:-@[-`{-~]/g;
// Whole words only; Python's \b knows the letters of every script.
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
// LongBench's own list; that 《 and ． are missing is part of it.
const CHINESE_PUNCTUATION =
  /[\uff01-\uff0d\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff60\uff61-\uff64\u3001-\u3003\u300b-\u3011\u3014-\u301f\u3030\u303e\u303f\u2013\u2014\u2018\u2019\u201b-\u201f\u2026\u2027\ufe4f.]/g;
const BLANKS = new RegExp(`[${WHITESPACE}]+`, "gu");

/** Lower case, punctuation deleted (not spaced), articles dropped, blanks collapsed: in this order. */
const normalizeEnglish = (text: string): string =>
  words(text.toLowerCase().replace(ASCII_PUNCTUATION, "").replace(ARTICLES, " ")).join(" ");

const normalizeChinese = (token: string): string =>
  token.toLowerCase().replace(ASCII_PUNCTUATION, "").replace(CHINESE_PUNCTUATION, "").replace(BLANKS, "");

/** Harmonic mean of token precision and recall, 0 to 1; tokens count as often as they occur. */
function tokenF1(prediction: readonly string[], reference: readonly string[]): number {
  const left = new Map<string, number>();
  for (const token of reference) left.set(token, (left.get(token) ?? 0) + 1);
  let same = 0;
  for (const token of prediction) {
    const count = left.get(token) ?? 0;
    if (count === 0) continue;
    left.set(token, count - 1);
    same += 1;
  }
  if (same === 0) return 0;
  const precision = same / prediction.length;
  const recall = same / reference.length;
  return (2 * precision * recall) / (precision + recall);
}

export const qaF1 = (prediction: string, reference: string): number =>
  tokenF1(words(normalizeEnglish(prediction)), words(normalizeEnglish(reference)));

export const qaF1Chinese = (prediction: string, reference: string): number => {
  const tokens = (text: string) => cut(text).map(normalizeChinese).filter(Boolean);
  return tokenF1(tokens(prediction), tokens(reference));
};
