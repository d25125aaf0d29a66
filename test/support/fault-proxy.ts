/** A TCP proxy between a client and a real server, which misbehaves on demand. */
import type { Socket } from "bun";

export interface FaultProxy extends Disposable {
  readonly port: number;
  /** Connections from clients that are open now. */
  readonly open: number;
  /** Connections that there ever were. */
  readonly accepted: number;
  /** Nothing passes any more, though everything stays open: new connections too. */
  stall(): void;
  /** Holds every byte from the server for so long. */
  delay(ms: number): void;
  /** Ends every connection; new ones are taken. */
  cut(): void;
  /** Sends text as a well-formed websocket frame to every client, as if the server had. */
  say(text: string): void;
  /** Sends bytes that are no websocket frame. */
  babble(bytes: Uint8Array): void;
  /** Takes no connection, and ends those there are. */
  refuse(): void;
  /** As at the beginning; what was stalled stays lost. */
  heal(): void;
}

interface Pair {
  client: Socket<Pair>;
  server: Socket<Pair> | undefined;
  waiting: Uint8Array[];
}

export function startFaultProxy(target: number): FaultProxy {
  const pairs = new Set<Pair>();
  let mode: "pass" | "stall" | "refuse" = "pass";
  let delayMs = 0;
  let accepted = 0;
  const end = (pair: Pair) => {
    pairs.delete(pair);
    pair.client.end();
    pair.server?.end();
  };
  const listener = Bun.listen<Pair>({
    hostname: "127.0.0.1",
    port: 0,
    socket: {
      open(client) {
        accepted++;
        const pair: Pair = { client, server: undefined, waiting: [] };
        client.data = pair;
        if (mode === "refuse") return void client.end();
        pairs.add(pair);
        void Bun.connect<Pair>({
          hostname: "127.0.0.1",
          port: target,
          data: pair,
          socket: {
            open(server) {
              if (!pairs.has(pair)) return void server.end();
              pair.server = server;
              for (const bytes of pair.waiting.splice(0)) server.write(bytes);
            },
            data(_, bytes) {
              if (mode === "stall") return;
              const copy = Uint8Array.from(bytes);
              if (delayMs === 0) client.write(copy);
              else setTimeout(() => pairs.has(pair) && client.write(copy), delayMs);
            },
            close: () => end(pair),
            error: () => end(pair),
          },
        }).catch(() => end(pair));
      },
      data(client, bytes) {
        const pair = client.data;
        if (mode === "stall") return;
        if (pair.server === undefined) pair.waiting.push(Uint8Array.from(bytes));
        else pair.server.write(bytes);
      },
      close: (client) => end(client.data),
      error: (client) => end(client.data),
    },
  });
  const all = (bytes: Uint8Array) => {
    for (const { client } of pairs) client.write(bytes);
  };
  return {
    port: listener.port,
    get open() {
      return pairs.size;
    },
    get accepted() {
      return accepted;
    },
    stall: () => {
      mode = "stall";
    },
    delay: (ms) => {
      delayMs = ms;
    },
    cut: () => {
      for (const pair of [...pairs]) end(pair);
    },
    say: (text) => {
      const body = new TextEncoder().encode(text);
      if (body.length > 125) throw new Error("a short text, please");
      all(Uint8Array.of(0x81, body.length, ...body));
    },
    babble: all,
    refuse: () => {
      mode = "refuse";
      for (const pair of [...pairs]) end(pair);
    },
    heal: () => {
      mode = "pass";
      delayMs = 0;
    },
    [Symbol.dispose]() {
      for (const pair of [...pairs]) end(pair);
      listener.stop(true);
    },
  };
}
