/** Accounts of the chain itself: nobody has a key to them. */
import { toHex } from "../../../scale/hex.ts";
import type { AccountId } from "../../declare/index.ts";

export const SUBTENSOR_PALLET = new TextEncoder().encode("subtensr");
export const BURN_PALLET = new TextEncoder().encode("burntnsr");

const MODULE = new TextEncoder().encode("modl");

/** `modl`, the pallet's id, and what is to be told apart, filled up with zeros (`into_sub_account_truncating`). */
function accountOf(pallet: Uint8Array, rest: Uint8Array = new Uint8Array()): AccountId {
  const bytes = new Uint8Array(32);
  bytes.set(MODULE);
  bytes.set(pallet, MODULE.length);
  bytes.set(rest, MODULE.length + pallet.length);
  return toHex(bytes);
}

/** Where TAO goes that nobody shall have again. */
export const BURN_ACCOUNT = accountOf(BURN_PALLET);

/** Holds the TAO of a subnet's pool. */
export const subnetAccount = (netuid: number): AccountId =>
  accountOf(SUBTENSOR_PALLET, Uint8Array.of(netuid & 0xff, netuid >> 8));

const PREFIX = accountOf(SUBTENSOR_PALLET).slice(0, 2 + 2 * 12);

/** Whether a hotkey is one of those, which the chain refuses as a neuron. */
export const isSubnetAccount = (account: AccountId): boolean =>
  account.startsWith(PREFIX) && account.endsWith("00".repeat(18));
