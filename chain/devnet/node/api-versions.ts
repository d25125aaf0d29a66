/** Runtime APIs as a runtime's version lists them: by a hash of their names. */
import { blake2AsU8a } from "@polkadot/util-crypto";
import { type Hex, toHex } from "../../scale/hex.ts";

/** Those that the node itself serves, with their versions at spec 424. */
export const NODE_APIS = {
  Core: 5,
  Metadata: 2,
  AccountNonceApi: 1,
  TransactionPaymentApi: 4,
} as const;

/** `[BLAKE2b-64 of the name, version]` for each. */
export const versionList = (apis: Readonly<Record<string, number>>): [Hex, number][] =>
  Object.entries(apis).map(([name, version]) => [toHex(blake2AsU8a(name, 64)), version]);
