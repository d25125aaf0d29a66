/** Accounts and hashes: hex on our side, so many bytes on the other. They are most of what a chain stores. */
import { Failure } from "../../../protocol/failure.ts";
import type { Hex } from "../../scale/hex.ts";
import type { FixedWidth } from "./fixed-codec.ts";

const PAIRS = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, "0"));

/** The value of a hex digit by its character code; 16 or more for anything else. */
function nibble(code: number): number {
  if (code >= 48 && code <= 57) return code - 48;
  const letter = code | 32;
  return letter >= 97 && letter <= 102 ? letter - 87 : 16;
}

export function hexOfWidth(size: number): FixedWidth<Hex> {
  const refuse = (value: unknown): Failure =>
    new Failure("defect", `expected 0x and ${size} bytes of hex`, {
      meta: { value: String(value).slice(0, 80) },
    });
  return {
    size,
    write(view, at, value) {
      if (typeof value !== "string" || value.length !== 2 + 2 * size || !value.startsWith("0x")) {
        throw refuse(value);
      }
      for (let i = 0; i < size; i++) {
        const high = nibble(value.charCodeAt(2 + 2 * i));
        const low = nibble(value.charCodeAt(3 + 2 * i));
        if ((high | low) > 15) throw refuse(value);
        view.setUint8(at + i, (high << 4) | low);
      }
    },
    read(view, at) {
      let hex = "0x";
      for (let i = 0; i < size; i++) hex += PAIRS[view.getUint8(at + i)]!;
      return hex as Hex;
    },
  };
}
