/** What a node serves over HTTP, by its roles. */
import type { AnyElysia } from "elysia";
import type { Chain, Signer } from "../../chain/chain.ts";
import { BLOB_LIMIT } from "../../protocol/blob.ts";
import type { Role } from "../../protocol/role.ts";
import type { Node } from "../../runtime/node.ts";
import type { NodeConfig } from "./config.ts";
import { type HttpListener, listenHttp, servesLoopback } from "./http.ts";

export interface ListenOptions {
  node: Node;
  roles: readonly Role[];
  config: NodeConfig;
  address: string;
  /** The gateway needs it, to know who is registered. */
  chain: Chain | undefined;
  signer: Signer | undefined;
  /** What the roles add. */
  apps: readonly AnyElysia[];
}

export async function listen({ roles, config, apps, chain, ...rest }: ListenOptions): Promise<HttpListener> {
  const { node, address } = rest;
  if (!roles.includes("gateway") || chain === undefined) return await listenHttp({ node, address, apps });
  const { openFront } = await import("./front.ts");
  const { netuid, apiKeys, signedCallers } = config;
  const front = await openFront({
    ...rest,
    chain,
    netuid,
    apiKeys,
    signedCallers,
    loopback: servesLoopback(address),
  });
  return await listenHttp({ node, address, apps: [...apps, front], maxBody: BLOB_LIMIT });
}
