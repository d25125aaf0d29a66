/** JSON from outside, looked at before it is parsed: megabytes of brackets would become gigabytes of objects. */
import { Failure } from "../../../protocol/failure.ts";

/** Objects and lists of one body; a long conversation has some thousands. */
const MOST_PARTS = 131_072;
/** The schemas of tools are the deepest. */
const DEEPEST = 64;
const [QUOTE, BACKSLASH] = [0x22, 0x5c];
const [OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x5b, 0x5d, 0x7b, 0x7d];

/** Fails with `malformed` for what is no JSON in UTF-8, or has more parts or levels than any request. */
export function jsonOf(bytes: Uint8Array): unknown {
  checkShape(bytes);
  try {
    return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new Failure("malformed", "the body is not JSON", { cause });
  }
}

/** What is no JSON at all passes here. */
function checkShape(bytes: Uint8Array): void {
  let [parts, depth] = [0, 0];
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at];
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === CLOSE_LIST || byte === CLOSE_OBJECT) depth--;
    else if (byte === OPEN_LIST || byte === OPEN_OBJECT) {
      if (++parts > MOST_PARTS || ++depth > DEEPEST) {
        throw new Failure("malformed", "the body is not what any request looks like", {
          meta: { parts, depth },
          hint: `It may have ${MOST_PARTS} lists and objects, ${DEEPEST} deep.`,
        });
      }
    }
  }
}

/** Place of the quote that ends a text; past the end where none does. */
function endOfText(bytes: Uint8Array, from: number): number {
  for (let at = bytes.indexOf(QUOTE, from + 1); at >= 0; at = bytes.indexOf(QUOTE, at + 1)) {
    let escapes = 0;
    while (bytes[at - 1 - escapes] === BACKSLASH) escapes++;
    if (escapes % 2 === 0) return at;
  }
  return bytes.length;
}
