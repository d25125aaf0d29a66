/** JSON-RPC to a chain's node, as everything above the connection sees it. */

export interface RequestOptions {
  signal?: AbortSignal | undefined;
  /** For the whole request, waiting for a connection included. Default 30 s. */
  deadlineMs?: number | undefined;
  /** Whether it may be asked again when the connection breaks before the answer. Default: anything but `author_…`. */
  again?: boolean | undefined;
}

export interface SubscribeOptions {
  method: string;
  params?: readonly unknown[];
  unsubscribe: string;
  /** Called for every item in order; must not throw. */
  item(item: unknown): void;
  /**
   * With it the subscription ends with the connection that it was made on, and this is called once. Without it, it is
   * made again on every new connection; items in between are missed.
   */
  lost?: (failure: Error) => void;
}

export interface Subscription {
  cancel(): void;
}

export interface Rpc {
  /**
   * Asks and resolves to the result, unchecked. Fails with `timeout`, `unavailable` (the connection broke),
   * `overloaded` (too many at once), `cancelled`, or with the node's own error: `refused` with `rpcCode`, `rpcData` in
   * its meta.
   */
  request(method: string, params?: readonly unknown[], options?: RequestOptions): Promise<unknown>;
  /** Resolves when the node has taken the subscription. Fails as a request does. */
  subscribe(options: SubscribeOptions, request?: RequestOptions): Promise<Subscription>;
}
