/** JSON-RPC to a devnet in this process: through the very dispatch of its front, without a socket. */

import { rpcFailure } from "../../chain/client/connection/frames.ts";
import type { Rpc } from "../../chain/client/rpc.ts";
import type { DevnetNode } from "../../chain/devnet/node/node.ts";
import { dispatch } from "../../chain/devnet/rpc/dispatch.ts";
import { METHODS } from "../../chain/devnet/rpc/methods/index.ts";

export function devnetRpc(node: DevnetNode): Rpc {
  return {
    async request(method, params = []) {
      const text = JSON.stringify({ jsonrpc: "2.0", id: 1, method, params });
      const answered = await dispatch(text, {
        node,
        methods: METHODS,
        load: { running: 0, most: 1 },
        onDefect: (thrown) => {
          throw thrown;
        },
      });
      const { result, error } = JSON.parse(answered.text ?? "{}") as {
        result?: unknown;
        error?: { code: number; message: string; data?: unknown };
      };
      if (error !== undefined) throw rpcFailure(method, error);
      return result;
    },
    subscribe: () => Promise.reject(new Error("no subscriptions without a socket")),
  };
}
