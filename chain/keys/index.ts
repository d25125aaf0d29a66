export { HotkeyFile, readHotkeyFile } from "./hotkey-file.ts";
export { loadSigner, signerFromFile, signerFromUri } from "./signer.ts";
export { publicKeyOf, SS58_PREFIX, verifySignature } from "./verify.ts";
