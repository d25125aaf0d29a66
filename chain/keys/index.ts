export { readHotkeyFile } from "./hotkey-file.ts";
export { type Keypair, keyFromUri, newKey } from "./keypair.ts";
export { Secret } from "./secret.ts";
export { loadSigner, signerFromUri } from "./signer.ts";
export { publicKeyOf, type Scheme, SS58_PREFIX, verifySignature } from "./verify.ts";
