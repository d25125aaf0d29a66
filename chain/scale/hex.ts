/** Bytes as text, as JSON-RPC carries them. */
import { Failure } from "../../protocol/failure.ts";

/** `0x` and an even number of lower-case hex digits. */
export type Hex = `0x${string}`;

const HEX = /^(?:0x)?((?:[0-9a-fA-F]{2})*)$/;

export const toHex = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;

/** Reads hex with or without `0x`; fails with `malformed` for anything else. */
export function fromHex(text: string): Uint8Array {
  const digits = HEX.exec(text)?.[1];
  if (digits === undefined) {
    throw new Failure("malformed", "expected hex bytes", {
      meta: { text: text.slice(0, 80) },
      hint: "Give 0x and two hex digits a byte.",
    });
  }
  return new Uint8Array(Buffer.from(digits, "hex"));
}
