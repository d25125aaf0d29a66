/**
 * JSON as Python's `json.dumps(value, sort_keys=True, separators=(",", ":"))` writes it: keys by code point, ASCII only,
 * small numbers with an exponent of two digits. It is what BT-AUTH-V1 hashes.
 */

/** ECMAScript's "JSON.parse source text access", which Bun has and TypeScript's library does not know yet. */
const json = JSON as unknown as {
  rawJSON(text: string): unknown;
  isRawJSON(value: unknown): boolean;
  parse(
    text: string,
    reviver: (key: string, value: unknown, context: { source?: string }) => unknown,
  ): unknown;
};

/** Plain JSON data as canonical text. What JSON cannot hold is treated as `JSON.stringify` treats it. */
export function canonicalJson(value: unknown): string {
  return written(value) ?? "null";
}

/**
 * A JSON text in canonical form, or undefined when it is not JSON. Numbers stay as they were written, because `1.0` and
 * `1` are not the same text to Python: right for whatever Python or `canonicalJson` wrote.
 */
export function canonicalised(text: string): string | undefined {
  try {
    return canonicalJson(
      json.parse(text, (_, value, { source }) =>
        typeof value === "number" && source !== undefined ? json.rawJSON(source) : value,
      ),
    );
  } catch {
    return undefined;
  }
}

function written(value: unknown): string | undefined {
  if (typeof value === "string") return ascii(JSON.stringify(value));
  if (typeof value === "number") return numberText(value);
  if (typeof value !== "object" || value === null || json.isRawJSON(value)) return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map((each) => written(each) ?? "null").join(",")}]`;
  const members = Object.entries(value)
    .sort(([a], [b]) => byCodePoint(a, b))
    .flatMap(([key, each]) => {
      const text = written(each);
      return text === undefined ? [] : [`${ascii(JSON.stringify(key))}:${text}`];
    });
  return `{${members.join(",")}}`;
}

/** Python turns to exponents below 1e-4, JavaScript below 1e-6, and only Python pads the exponent. */
function numberText(value: number): string {
  if (value === 0 || Math.abs(value) >= 1e-4 || !Number.isFinite(value)) return JSON.stringify(value);
  return value.toExponential().replace(/e-(\d)$/, "e-0$1");
}

const ascii = (text: string): string =>
  text.replace(/[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);

function byCodePoint(a: string, b: string): number {
  const [left, right] = [[...a], [...b]];
  for (let at = 0; at < Math.min(left.length, right.length); at++) {
    const difference = left[at]!.codePointAt(0)! - right[at]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
