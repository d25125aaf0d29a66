/** Python's text rules where JavaScript's differ. LongBench's scores depend on each of them. */

// Python's str.isspace(): unlike \s it has \x1c-\x1f and \x85, and lacks the byte order mark.
export const WHITESPACE =
  "\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000";

const BLANKS = new RegExp(`[${WHITESPACE}]+`, "u");

/** `str.split()`: words between runs of whitespace, none of them empty. */
export const words = (text: string): string[] => text.split(BLANKS).filter((word) => word !== "");

/** `text.lstrip("\n")`. */
export const withoutLeadingNewlines = (text: string): string => text.replace(/^\n+/, "");

/** All runs of decimal digits of any script, as `re.findall(r"\d+", text)` finds them. */
export const numbers = (text: string): string[] => text.match(/\p{Nd}+/gu) ?? [];

/** Python's `round(x)`: exact halves go to the even neighbour. */
export function roundHalfEven(value: number): number {
  const floor = Math.floor(value);
  const rest = value - floor;
  if (rest !== 0.5) return Math.round(value);
  return floor % 2 === 0 ? floor : floor + 1;
}

/** Python's `round(x, 2)`: half-even on the exact binary value, which only a few values (n/8) tie on. */
export function roundToCents(value: number): number {
  const scaled = value * 100;
  // A tie is exact only if the value is a multiple of 1/8; everything else has a nearest decimal.
  return Number.isInteger(value * 8) ? roundHalfEven(scaled) / 100 : Number(value.toFixed(2));
}
