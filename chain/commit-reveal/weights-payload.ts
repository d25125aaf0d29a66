/** What is inside a timelocked weight commit: SCALE of hotkey, uids, values and version key. */
import { Bytes, Struct, u16, u64, Vector } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../protocol/failure.ts";

export interface WeightsPayload {
  /** Public key, 32 bytes; undefined in a payload from before commits named their hotkey. */
  hotkey: Uint8Array | undefined;
  uids: number[];
  values: number[];
  versionKey: bigint;
}

const HOTKEY_BYTES = 32;
const Legacy = Struct({ uids: Vector(u16), values: Vector(u16), versionKey: u64 });
const Payload = Struct({ hotkey: Bytes(), uids: Vector(u16), values: Vector(u16), versionKey: u64 });

export const encodeWeightsPayload = (payload: WeightsPayload & { hotkey: Uint8Array }): Uint8Array =>
  Payload.enc(payload);

/** Reads either form, the newer first, as the chain does; bytes after the end are not looked at. Fails with `malformed`. */
export function decodeWeightsPayload(bytes: Uint8Array): WeightsPayload {
  // A view onto more bytes would be read past its end.
  const own = bytes.slice();
  const payload = attempt(() => Payload.dec(own));
  // Uids of the older form can look like a short hotkey.
  if (payload !== undefined && payload.hotkey.length >= HOTKEY_BYTES) {
    return { ...payload, hotkey: payload.hotkey.slice(0, HOTKEY_BYTES) };
  }
  const legacy = attempt(() => Legacy.dec(own));
  if (legacy !== undefined) return { hotkey: undefined, ...legacy };
  throw new Failure("malformed", "the bytes are no weights payload", { meta: { bytes: bytes.length } });
}

function attempt<T>(decode: () => T): T | undefined {
  try {
    return decode();
  } catch {
    return undefined;
  }
}
