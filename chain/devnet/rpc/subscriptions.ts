/** What a connection is subscribed to: a bounded number, each ended when it is told to or the connection is gone. */
import { RPC, RpcError } from "./rpc-error.ts";

export interface Subscription {
  /** The method name that notifications carry, such as `chain_newHead`. */
  readonly notification: string;
  /** Begins to emit, not before the caller knows the id; returns how to stop. */
  start(emit: (result: unknown) => void): () => void;
}

export interface Subscriptions {
  /** Throws when all places are taken: asked before anything is done for the subscription. */
  checkRoom(): void;
  /** Takes a place; `begin` is to be called once, when the caller has the id. */
  open(subscription: Subscription): { id: string; begin(): void };
  end(id: string): boolean;
  endAll(): void;
}

export function createSubscriptions(options: {
  limit: number;
  nextId: () => string;
  notify: (method: string, id: string, result: unknown) => void;
}): Subscriptions {
  const { limit, nextId, notify } = options;
  /** How to stop each; undefined for one that has not begun. */
  const open = new Map<string, (() => void) | undefined>();

  const end = (id: string): boolean => {
    const stop = open.get(id);
    const known = open.delete(id);
    stop?.();
    return known;
  };

  return {
    checkRoom() {
      if (open.size < limit) return;
      throw new RpcError(RPC.tooManySubscriptions, "Too many subscriptions on the connection", { limit });
    },
    open(subscription) {
      const id = nextId();
      open.set(id, undefined);
      return {
        id,
        begin() {
          const stop = subscription.start((result) => {
            if (open.has(id)) notify(subscription.notification, id, result);
          });
          // The connection may have gone meanwhile: a slow reader's first notification can be its last straw.
          if (open.has(id)) open.set(id, stop);
          else stop();
        },
      };
    },
    end,
    endAll() {
      for (const id of [...open.keys()]) end(id);
    },
  };
}
