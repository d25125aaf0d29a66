/** A chain's state at one block: many values in one request, decoded by the chain's own metadata. */
import { z } from "zod";
import type { ChainTypes } from "../scale/chain-types.ts";
import { fromHex, type Hex, toHex } from "../scale/hex.ts";
import type { RequestOptions, Rpc } from "./rpc.ts";
import { asHex } from "./runtime.ts";

/** Pallet, item, keys. */
export type Query = readonly [pallet: string, item: string, ...keys: unknown[]];

const ChangeSets = z
  .array(z.object({ changes: z.array(z.tuple([z.string(), z.string().nullable()])).max(10_000) }))
  .max(16);

export interface StateReader {
  readonly types: ChainTypes;
  /**
   * Values by the names of their queries; the chain's default where nothing is stored, and undefined where the chain
   * has no such item or an optional one is absent.
   */
  read<Name extends string>(queries: Record<Name, Query>): Promise<Record<Name, unknown>>;
  call(api: string, method: string, ...args: unknown[]): Promise<unknown>;
}

export function stateAt(
  rpc: Rpc,
  types: ChainTypes,
  hash: string,
  options: RequestOptions = {},
): StateReader {
  return {
    types,
    async read<Name extends string>(queries: Record<Name, Query>) {
      const wanted = (Object.entries(queries) as [Name, Query][])
        .filter(([, [pallet, item]]) => types.hasStorage(pallet, item))
        .map(([name, [pallet, item, ...keys]]) => {
          const codec = types.storage(pallet, item);
          return { name, codec, key: codec.key(...keys) };
        });
      const keys = [...new Set(wanted.map(({ key }) => key))];
      const answer = ChangeSets.parse(await rpc.request("state_queryStorageAt", [keys, hash], options));
      const values = new Map(answer.flatMap(({ changes }) => changes));
      return Object.fromEntries(
        wanted.map(({ name, codec, key }) => {
          const value = values.get(key) ?? null;
          return [name, codec.decode(value === null ? undefined : fromHex(value))];
        }),
      ) as Record<Name, unknown>;
    },
    async call(api, method, ...args) {
      const codec = types.api(api, method);
      const given: Hex = toHex(codec.encode(...args));
      const answer = await rpc.request("state_call", [`${api}_${method}`, given, hash], options);
      return codec.decode(fromHex(asHex(answer)));
    },
  };
}
