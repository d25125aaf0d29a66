/** BLAKE2b-256, the hash of blocks and extrinsics, by the runtime's native code. Texts count as UTF-8. */
export function blake2b256(...parts: readonly (Uint8Array | string)[]): Uint8Array {
  const hasher = new Bun.CryptoHasher("blake2b256");
  for (const part of parts) hasher.update(part);
  return new Uint8Array(hasher.digest());
}
