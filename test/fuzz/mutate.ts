/** Damage to valid messages, the way wires, bugs and attackers do it. */
import type { Random } from "./random.ts";

const NEWLINE = 0x0a;
const BLANK = 0x20;
const INTERESTING = [...'\n \u0000\u007f"\\{}[],:=-@.>*']
  .map((character) => character.charCodeAt(0))
  .concat(0xff, 0xc0, 0xed, 0xf4);

const concat = (...parts: readonly Uint8Array[]): Uint8Array => Buffer.concat(parts);

function flipBits(message: Uint8Array, random: Random): Uint8Array {
  const copy = message.slice();
  for (let flips = 1 + random.below(4); flips > 0 && copy.length > 0; flips--) {
    copy[random.below(copy.length)]! ^= 1 << random.below(8);
  }
  return copy;
}

function overwrite(message: Uint8Array, random: Random): Uint8Array {
  const copy = message.slice();
  for (let writes = 1 + random.below(4); writes > 0 && copy.length > 0; writes--) {
    copy[random.below(copy.length)] = random.pick(INTERESTING);
  }
  return copy;
}

const truncate = (message: Uint8Array, random: Random): Uint8Array =>
  message.subarray(0, random.below(message.length + 1));

const splice = (message: Uint8Array, random: Random, other: Uint8Array): Uint8Array =>
  concat(
    message.subarray(0, random.below(message.length + 1)),
    other.subarray(random.below(other.length + 1)),
  );

/** Repeats or drops one blank-separated field of the header. */
function disturbFields(message: Uint8Array, random: Random): Uint8Array {
  const end = message.indexOf(NEWLINE);
  const fields = Buffer.from(message.subarray(0, end)).toString("latin1").split(" ");
  const at = random.below(fields.length);
  fields.splice(at, random.below(2), ...Array.from({ length: random.below(3) }, () => fields[at]!));
  return concat(Buffer.from(fields.join(" "), "latin1"), message.subarray(end));
}

/** Repeats a piece of the body, so that keys and members come twice. */
function repeatPiece(message: Uint8Array, random: Random): Uint8Array {
  const start =
    message.indexOf(NEWLINE) + 1 + random.below(Math.max(1, message.length - message.indexOf(NEWLINE) - 1));
  const piece = message.subarray(start, start + random.below(40));
  return concat(message.subarray(0, start), piece, piece, message.subarray(start + piece.length));
}

/** Puts deep nesting, long digits or many blanks where one byte was. */
function inflate(message: Uint8Array, random: Random): Uint8Array {
  const at = random.below(message.length + 1);
  const fill = random
    .pick(["[", '{"a":', "9", " ", "]", "\\u005f", "\ud83d\ude00"])
    .repeat(1 + random.below(200));
  return concat(message.subarray(0, at), Buffer.from(fill), message.subarray(at));
}

const MUTATIONS = [flipBits, overwrite, truncate, splice, disturbFields, repeatPiece, inflate];

/** A damaged copy of a message; `other` is a message to splice with. */
export function mutate(message: Uint8Array, other: Uint8Array, random: Random): Uint8Array {
  let damaged = message;
  do {
    // Field mutations need a header; whoever lost it gets bytes turned.
    const mutation = damaged.indexOf(NEWLINE) === -1 ? flipBits : random.pick(MUTATIONS);
    damaged = mutation(damaged, random, other);
  } while (random.chance(0.3));
  return damaged;
}

/** Random bytes, half of them behind a plausible beginning. */
export function noise(random: Random): Uint8Array {
  const bytes = Uint8Array.from({ length: random.below(96) }, () => random.below(256));
  if (random.chance(0.5)) return bytes;
  const start = random.pick([
    "orr1 ",
    "orr1 j ",
    "orr2 j call ",
    "orr1 b chunk blobs.read.output@1 s = - - - n 0\n",
  ]);
  return concat(Buffer.from(start), random.chance(0.5) ? bytes.map((byte) => (byte % 95) + BLANK) : bytes);
}
