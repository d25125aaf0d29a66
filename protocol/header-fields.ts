/**
 * The fields of a header line, each ended by a blank or the end of the line. Walked character by character: that costs a
 * quarter of a regular expression, which makes a text of each field before anybody asks for it. The text holds the
 * line's newline: nothing is read behind it, since one reading outside of a text or table makes all later ones slow.
 */

/** What no index is: there is no such field here. */
export const NONE = -1;

const BEGINS_ID = 1;
const IN_ID = 2;
const IN_NUMBER = 4;
const IN_HEX = 8;
const LETTERS = "abcdefghijklmnopqrstuvwxyz";
const DIGITS = "0123456789";
const ZERO = 0x30;
const DASH = 0x2d;
const BLANK = 0x20;
/** By character code: of all there are, for the same reason as above. */
const KINDS = kindsOf({
  [BEGINS_ID]: DIGITS + LETTERS + LETTERS.toUpperCase(),
  [IN_ID]: `${DIGITS}${LETTERS}${LETTERS.toUpperCase()}._:/-`,
  [IN_NUMBER]: DIGITS + LETTERS,
  [IN_HEX]: `${DIGITS}abcdef`,
});

function kindsOf(members: Record<number, string>): Uint8Array {
  const kinds = new Uint8Array(0x1_0000);
  for (const [kind, characters] of Object.entries(members)) {
    for (const character of characters) kinds[character.charCodeAt(0)]! |= Number(kind);
  }
  return kinds;
}

const is = (text: string, at: number, kind: number): boolean => (KINDS[text.charCodeAt(at)]! & kind) !== 0;

/** False also where there is no field. */
export const isBlank = (text: string, at: number): boolean => at !== NONE && text.charCodeAt(at) === BLANK;

/** Index behind the id, schema or sender of at most `limit` characters that begins at `at`. */
export function endOfId(text: string, at: number, limit: number): number {
  if (!is(text, at, BEGINS_ID)) return NONE;
  let end = at + 1;
  while (is(text, end, IN_ID)) end++;
  return end - at <= limit ? end : NONE;
}

/** Longest number: ten digits of base 36 are below 2^53. */
const NUMBER_DIGITS = 10;

/** Index behind the number in base 36 that begins at `at`: without leading zeros, one text for each value. */
export function endOfNumber(text: string, at: number): number {
  const last = Math.min(text.length, at + NUMBER_DIGITS + 1);
  let end = at;
  while (end < last && is(text, end, IN_NUMBER)) end++;
  if (end === at || end - at > NUMBER_DIGITS) return NONE;
  return text.charCodeAt(at) === ZERO && end > at + 1 ? NONE : end;
}

/** The number between two indices: it was found by `endOfNumber`. */
export function numberIn(text: string, at: number, end: number): number {
  let value = 0;
  for (let digit = at; digit < end; digit++) {
    const code = text.charCodeAt(digit);
    value = value * 36 + (code < 0x3a ? code - ZERO : code - 0x57);
  }
  return value;
}

/** Index behind the W3C traceparent of version 00 that begins at `at`. */
export function endOfTrace(text: string, at: number): number {
  if (text.charCodeAt(at) !== ZERO || text.charCodeAt(at + 1) !== ZERO) return NONE;
  return hexBehindDash(text, hexBehindDash(text, hexBehindDash(text, at + 2, 32), 16), 2);
}

/** Index behind a dash and `count` hex digits. */
function hexBehindDash(text: string, dash: number, count: number): number {
  if (dash === NONE || text.charCodeAt(dash) !== DASH) return NONE;
  const end = dash + 1 + count;
  for (let at = dash + 1; at < end; at++) if (!is(text, at, IN_HEX)) return NONE;
  return end;
}
