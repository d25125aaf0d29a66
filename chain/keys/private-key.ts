/**
 * The two ways to write an sr25519 private key of 64 bytes (scalar and nonce). bittensor-wallet's files hold the scalar
 * as it is; @polkadot works with ed25519's form, which is the scalar times the cofactor 8
 * (schnorrkel, `SecretKey::to_bytes` and `to_ed25519_bytes`).
 */
const SCALAR_BYTES = 32;
const COFACTOR_BITS = 3;

/** Plain scalar to the form that @polkadot signs with. */
export function toEd25519Form(key: Uint8Array): Uint8Array {
  const out = Uint8Array.from(key);
  for (let at = SCALAR_BYTES - 1; at >= 0; at--)
    out[at] = (key[at]! << COFACTOR_BITS) | (at === 0 ? 0 : key[at - 1]! >>> (8 - COFACTOR_BITS));
  return out;
}

/** The form that @polkadot signs with to the plain scalar. */
export function toPlainForm(key: Uint8Array): Uint8Array {
  const out = Uint8Array.from(key);
  for (let at = 0; at < SCALAR_BYTES; at++)
    out[at] =
      (key[at]! >>> COFACTOR_BITS) | (at === SCALAR_BYTES - 1 ? 0 : key[at + 1]! << (8 - COFACTOR_BITS));
  return out;
}
