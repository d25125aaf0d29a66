/** What the chain takes for an address that others may dial. */

const LOOPBACK_4 = 0x7f00_0001n;
const MAX_4 = 2n ** 32n - 1n;
const MAX_6 = 2n ** 128n - 1n;

export const isIpType = (ipType: number): boolean => ipType === 4 || ipType === 6;

/** An IPv4 address is its u32 value. Loopback passes only where the devnet allows it; the chain never does. */
export function isDialable(ipType: number, ip: bigint, allow: { zero: boolean; loopback: boolean }): boolean {
  if (ip === 0n) return allow.zero;
  if (ipType === 4) return ip < MAX_4 && (allow.loopback || ip !== LOOPBACK_4);
  if (ipType === 6) return ip !== MAX_6 && (allow.loopback || ip !== 1n);
  return true;
}
