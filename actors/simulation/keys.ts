/** Keys of simulated hotkeys: deterministic, quick, and worth nothing outside. sr25519 signatures would differ run by run. */
import type { Signer } from "../../chain/chain.ts";
import { sha256 } from "../../protocol/canonical.ts";

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
const ADDRESS_LENGTH = 48;

/** Looks like an SS58 address of prefix 42. */
export function simulatedHotkey(name: string): string {
  const hex = sha256(name) + sha256(`${name}/more`);
  let address = "5";
  for (let at = 0; address.length < ADDRESS_LENGTH; at += 2) {
    address += ALPHABET[Number.parseInt(hex.slice(at, at + 2), 16) % ALPHABET.length];
  }
  return address;
}

export const simulatedSigner = (name: string): Signer => {
  const hotkey = simulatedHotkey(name);
  return { hotkey, sign: async (message) => signature(hotkey, message) };
};

export const verifySimulated = async (
  hotkey: string,
  message: Uint8Array | string,
  given: string,
): Promise<boolean> => given === signature(hotkey, message);

const signature = (hotkey: string, message: Uint8Array | string): string => {
  const half = sha256(`${hotkey}/${sha256(message)}`);
  return `0x${half}${half}`;
};
