/** What every store accepts: printable keys, so that all implementations sort them alike, and bounded values. */
import { Failure } from "../../protocol/failure.ts";

const KEY = /^[\x21-\x7e]{1,512}$/;
/** Largest value in bytes. Larger things are blobs. */
const VALUE_LIMIT = 16 * 1024 * 1024;

export function checkedKey(key: string): string {
  if (KEY.test(key)) return key;
  throw new Failure("malformed", "a store key must be 1 to 512 printable ASCII characters without blanks", {
    meta: { key: key.slice(0, 80) },
  });
}

export function checkedValue(key: string, value: Uint8Array): Uint8Array {
  if (value.byteLength <= VALUE_LIMIT) return value;
  throw new Failure("too-large", "a store value must be at most 16 MiB", {
    meta: { key, bytes: value.byteLength },
    hint: "Put it into the blob store and keep its reference here.",
  });
}

export const closedStore = (): Failure =>
  new Failure("unavailable", "the store is closed", { retryable: false });
