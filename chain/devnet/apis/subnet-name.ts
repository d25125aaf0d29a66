import { S } from "../pallets/subtensor/storage.ts";
import { type At, ROOT } from "../pallets/subtensor/subnets.ts";

/** What the owner calls the subnet, as bytes; the chain has names of its own for some, the devnet has none. */
export function nameOf({ state }: At, netuid: number): Uint8Array {
  const name = state.get(S.SubnetIdentitiesV3, netuid)?.subnet_name;
  if (name !== undefined && name.length > 0) return name;
  return new TextEncoder().encode(netuid === ROOT ? "root" : "unknown");
}
