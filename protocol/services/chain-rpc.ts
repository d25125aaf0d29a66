import { z } from "zod";
import { Json } from "../ids.ts";
import { MAX_METHOD_BYTES, request, service } from "../service.ts";

/** What may be asked of the chain's node: to read, and to take what somebody signed. */
export const RpcMethod = z.enum([
  "state_getRuntimeVersion",
  "state_call",
  "state_queryStorageAt",
  "state_getStorage",
  "chain_getBlockHash",
  "chain_getFinalizedHead",
  "chain_getHeader",
  "chain_getBlock",
  "system_accountNextIndex",
  "author_submitExtrinsic",
]);
export type RpcMethod = z.infer<typeof RpcMethod>;

export const RpcQuestion = z.object({ method: RpcMethod, params: z.array(Json).max(8) });
export const RpcAnswer = z.object({ result: Json });

/** One connection to a chain's node, shared by the processes of a cluster. Keys stay where they are. */
export const ChainRpc = service(
  "chain-rpc",
  1,
  {
    servedBy: ["chain", "registry"],
    summary: "A chain's node over the one connection that a cluster has to it.",
  },
  {
    ask: request(RpcQuestion, RpcAnswer, {
      calledBy: ["weight-setter", "gateway"],
      timeoutMs: 30_000,
      maxBytes: MAX_METHOD_BYTES,
      summary: "Asks the node; its own refusals come back with their code.",
    }),
  },
);
