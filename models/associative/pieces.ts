/**
 * A tokenizer without a vocabulary file: runs of lower-case letters and of digits in pieces of up to three, with or without
 * the blank before them; every other byte by itself; and the marker ` :=`. About as many tokens as a trained one makes.
 */
import type { Tokenizer } from "../tokenizer/tokenizer.ts";

/** Opens a value; `;` closes it. */
export const OPENER = " :=";
export const CLOSER = ";";

const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const LONGEST = 3;
/** The vocabulary is a multiple of this, so that a token is a row and a column of a table. */
export const COLUMNS = 256;

/** Numbers of the pieces: bytes first, then letters and digits by length, the same again after a blank, then the marker. */
const LETTER_RUNS = runs(LETTERS.length);
const DIGIT_RUNS = runs(DIGITS.length);
const SPACED = 256 + LETTER_RUNS + DIGIT_RUNS;
const MARKER = SPACED + LETTER_RUNS + DIGIT_RUNS;
export const VOCABULARY = Math.ceil((MARKER + 2) / COLUMNS) * COLUMNS;
/** Ends an answer. */
export const END = VOCABULARY - 1;
export const OPENER_TOKEN = MARKER;
export const CLOSER_TOKEN = CLOSER.charCodeAt(0);

/** Words of one to three of so many letters. */
function runs(letters: number): number {
  return letters + letters ** 2 + letters ** 3;
}

const SPACE = 32;
const COLON = 58;
const EQUALS = 61;
const isLetter = (byte: number): boolean => byte >= 97 && byte <= 122;
const isDigit = (byte: number): boolean => byte >= 48 && byte <= 57;

/** Pure arithmetic: some ten million tokens a second. */
export function createPieces(): Tokenizer {
  const bytes = entries();
  return {
    vocabulary: VOCABULARY,
    longest: LONGEST + 1,
    encode: (text) => encode(new TextEncoder().encode(text)),
    bytes: (token) => bytes[token] ?? new Uint8Array(),
  };
}

/** Counted first, so that a text of millions of tokens takes no more memory than its tokens. */
function encode(text: Uint8Array): Uint32Array {
  const out = new Uint32Array(walk(text));
  walk(text, out);
  return out;
}

/** Tokens of the text, written to `out` where there is one; returns their number. */
function walk(text: Uint8Array, out?: Uint32Array): number {
  let count = 0;
  for (let at = 0; at < text.length; count++) {
    const spaced = text[at] === SPACE;
    if (spaced && text[at + 1] === COLON && text[at + 2] === EQUALS) {
      if (out !== undefined) out[count] = MARKER;
      at += OPENER.length;
      continue;
    }
    const from = spaced ? at + 1 : at;
    const first = text[from] ?? 0;
    const kind = isLetter(first) ? isLetter : isDigit(first) ? isDigit : undefined;
    if (kind === undefined) {
      if (out !== undefined) out[count] = text[at]!;
      at++;
      continue;
    }
    let to = from + 1;
    while (to < from + LONGEST && to < text.length && kind(text[to]!)) to++;
    if (out !== undefined)
      out[count] = pieceOf(text, from, to, kind === isLetter) + (spaced ? SPACED - 256 : 0);
    at = to;
  }
  return count;
}

/** The number of a run without a blank. */
function pieceOf(text: Uint8Array, from: number, to: number, letters: boolean): number {
  const base = letters ? LETTERS.length : DIGITS.length;
  const zero = letters ? 97 : 48;
  let number = 0;
  let shorter = 0;
  for (let at = from, size = 1; at < to; at++, size *= base) {
    number = number * base + (text[at]! - zero);
    if (at > from) shorter += size;
  }
  return 256 + (letters ? 0 : LETTER_RUNS) + shorter + number;
}

function entries(): Uint8Array[] {
  const all: Uint8Array[] = Array.from({ length: 256 }, (_, byte) => Uint8Array.of(byte));
  const words = [...wordsOf(LETTERS), ...wordsOf(DIGITS)];
  for (const blank of ["", " "]) for (const word of words) all.push(Buffer.from(blank + word));
  all.push(Buffer.from(OPENER));
  return all;
}

/** In the order of their numbers: shorter ones first, then by the alphabet. */
function wordsOf(letters: string): string[] {
  const one = [...letters];
  const two = one.flatMap((a) => one.map((b) => a + b));
  return [...one, ...two, ...two.flatMap((ab) => one.map((c) => ab + c))];
}
