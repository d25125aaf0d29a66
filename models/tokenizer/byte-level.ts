/** GPT-2's letters for bytes: printable ones stand for themselves, the others for code points from 256 up. */

const LETTERS: readonly string[] = letters();
const BYTES: ReadonlyMap<string, number> = new Map(LETTERS.map((letter, byte) => [letter, byte]));

function letters(): string[] {
  const printable = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(printable(byte) ? byte : next++));
}

/** Bytes that a vocabulary entry stands for; undefined when it is written some other way. */
export function bytesOfEntry(entry: string): Uint8Array | undefined {
  const bytes = Array.from(entry, (letter) => BYTES.get(letter));
  return bytes.every((byte) => byte !== undefined) ? Uint8Array.from(bytes) : undefined;
}
