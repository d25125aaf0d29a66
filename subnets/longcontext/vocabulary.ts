/** Invented words, names and sentences: nothing that a model could have memorised. */
import type { DrawRandom } from "../../protocol/subnet.ts";

const ONSETS = [
  "b",
  "br",
  "d",
  "dr",
  "f",
  "g",
  "gl",
  "h",
  "k",
  "l",
  "m",
  "n",
  "p",
  "r",
  "s",
  "st",
  "t",
  "tr",
  "v",
  "z",
];
const VOWELS = ["a", "e", "i", "o", "u", "ai", "ea", "ou"];
const CODAS = ["", "", "l", "m", "n", "r", "s", "th", "x"];

/** A lower-case word of two or three syllables. */
export function word(random: DrawRandom): string {
  let text = "";
  for (let left = 2 + random.integer(2); left > 0; left--) {
    text += random.pick(ONSETS) + random.pick(VOWELS) + (left === 1 ? random.pick(CODAS) : "");
  }
  return text;
}

/** `count` different words. */
export function distinctWords(random: DrawRandom, count: number): string[] {
  const found = new Set<string>();
  while (found.size < count) found.add(word(random));
  return [...found];
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);

/** `Firstname Lastname`. */
export const person = (random: DrawRandom): string => `${capital(word(random))} ${capital(word(random))}`;

/** A plain sentence of 8 to 15 words from a fixed stock, ending in a full stop. */
export function sentence(random: DrawRandom, stock: readonly string[]): string {
  const words = Array.from({ length: 8 + random.integer(8) }, () => random.pick(stock));
  return `${capital(words.join(" "))}.`;
}
