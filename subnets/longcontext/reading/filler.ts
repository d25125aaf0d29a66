/** Text around what matters, to any length. */
import type { DrawRandom } from "../../../protocol/subnet.ts";
import { distinctWords, sentence } from "../vocabulary.ts";
import { BYTES_PER_TOKEN } from "./length.ts";

const STOCK_WORDS = 400;
const CONNECTIVES = ["the", "and", "of", "was", "in", "with", "near", "before", "that", "they"];

/** Words that all filler of one task shares: invented ones among common English ones. */
export const stockOf = (random: DrawRandom): string[] => [
  ...distinctWords(random, STOCK_WORDS),
  ...Array.from({ length: STOCK_WORDS / 2 }, () => random.pick(CONNECTIVES)),
];

export const paragraph = (random: DrawRandom, stock: readonly string[]): string =>
  Array.from({ length: 3 + random.integer(4) }, () => sentence(random, stock)).join(" ");

/** Places each of `parts` at a random place among paragraphs made by `more`, about `tokens` long in all. */
export function surround(
  random: DrawRandom,
  parts: readonly string[],
  options: { tokens: number; more: () => string; separator?: string },
): string {
  const separator = options.separator ?? "\n\n";
  let room =
    options.tokens * BYTES_PER_TOKEN - parts.reduce((sum, part) => sum + part.length + separator.length, 0);
  const filler: string[] = [];
  while (room > 0) {
    const next = options.more();
    room -= next.length + separator.length;
    if (room < 0) break;
    filler.push(next);
  }
  const at = new Map<number, string[]>();
  for (const part of parts) {
    const place = random.integer(filler.length + 1);
    at.set(place, [...(at.get(place) ?? []), part]);
  }
  const all = filler.flatMap((text, place) => [...(at.get(place) ?? []), text]);
  return [...all, ...(at.get(filler.length) ?? [])].join(separator);
}
