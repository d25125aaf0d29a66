/** The least that a chain's node can be: blocks by the clock, and a method that answers after a while. */
export interface TinyNode extends Disposable {
  readonly port: number;
  readonly url: string;
  /** Websockets that are open now. */
  readonly open: number;
  /** Methods asked, in order. */
  readonly asked: string[];
  height: number;
  /** No block comes any more; questions are answered. */
  freeze(): void;
}

export interface TinyNodeOptions {
  blockTimeMs: number;
  genesis?: string;
  height?: number;
}

const hash = (text: string): string => `0x${new Bun.CryptoHasher("sha256").update(text).digest("hex")}`;

export function startTinyNode(options: TinyNodeOptions): TinyNode {
  const genesis = options.genesis ?? hash("genesis");
  const asked: string[] = [];
  const subscribers = new Map<object, Set<string>>();
  let height = options.height ?? 0;
  let frozen = false;
  let lastSubscription = 0;
  const header = () => ({
    parentHash: hash(`${height - 1}`),
    number: `0x${height.toString(16)}`,
    stateRoot: hash("state"),
    extrinsicsRoot: hash("extrinsics"),
    digest: { logs: [] },
  });
  const answers: Record<string, (params: unknown[], socket: object) => unknown> = {
    chain_getBlockHash: ([number]) => (number === 0 ? genesis : hash(`${number}`)),
    chain_getHeader: header,
    system_health: () => ({ peers: 1, isSyncing: false }),
    chain_subscribeNewHeads: (_, socket) => subscribe(socket, "heads"),
    test_subscribe: (_, socket) => subscribe(socket, "items"),
    test_unsubscribe: ([id], socket) => subscribers.get(socket)?.delete(`items/${id}`),
    echo: ([value]) => value,
    silence: () => undefined,
  };
  function subscribe(socket: object, kind: string): string {
    const id = `s${++lastSubscription}`;
    subscribers.get(socket)?.add(`${kind}/${id}`);
    return id;
  }
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    fetch: (request, bun) =>
      bun.upgrade(request) ? undefined : new Response("websocket only", { status: 426 }),
    websocket: {
      open: (socket) => void subscribers.set(socket, new Set()),
      close: (socket) => void subscribers.delete(socket),
      message(socket, text) {
        const { id, method, params } = JSON.parse(`${text}`) as {
          id: number;
          method: string;
          params: unknown[];
        };
        asked.push(method);
        if (method === "silence") return;
        const answer = answers[method];
        const body =
          answer === undefined
            ? { error: { code: -32_601, message: "Method not found" } }
            : { result: answer(params, socket) ?? null };
        socket.send(JSON.stringify({ jsonrpc: "2.0", id, ...body }));
      },
    },
  });
  const ticking = setInterval(() => {
    if (frozen) return;
    height++;
    for (const [socket, ids] of subscribers) {
      for (const each of ids) {
        const [kind, subscription] = each.split("/");
        const result = kind === "heads" ? header() : height;
        const method = kind === "heads" ? "chain_newHead" : "test_item";
        const notice = { jsonrpc: "2.0", method, params: { subscription, result } };
        (socket as { send(text: string): void }).send(JSON.stringify(notice));
      }
    }
  }, options.blockTimeMs);
  const port = server.port ?? 0;
  return {
    port,
    url: `ws://127.0.0.1:${port}`,
    asked,
    get open() {
      return subscribers.size;
    },
    get height() {
      return height;
    },
    set height(to) {
      height = to;
    },
    freeze: () => {
      frozen = true;
    },
    [Symbol.dispose]() {
      clearInterval(ticking);
      server.stop(true);
    },
  };
}
