/** The devnet's door: JSON-RPC over websockets and over HTTP on one port, as a Substrate node has it. */
import type { Server, ServerWebSocket } from "bun";
import { Failure } from "../../../protocol/failure.ts";
import type { Logger } from "../../../runtime/observe/logger.ts";
import type { DevnetNode } from "../node/node.ts";
import { type DispatchContext, dispatch } from "./dispatch.ts";
import { METHODS } from "./methods/index.ts";
import { createSubscriptions, type Subscriptions } from "./subscriptions.ts";

export interface FrontLimits {
  /** Largest frame and HTTP body, in bytes; a larger one ends the connection. */
  frameBytes: number;
  connections: number;
  subscriptions: number;
  /** Answers of one connection that take their time, such as to `devnet_advance`; and POSTs, over all. */
  pending: number;
  /** What may wait for a slow reader, in bytes, before it is cut. */
  backlogBytes: number;
}

/** A Substrate node's own, but for the connections: a test may open hundreds. */
export const FRONT_LIMITS: FrontLimits = {
  frameBytes: 16 * 1024 * 1024,
  connections: 1_000,
  subscriptions: 1_024,
  pending: 256,
  backlogBytes: 32 * 1024 * 1024,
};

export interface Front {
  /** `ws://127.0.0.1:9944`. */
  readonly url: string;
  readonly port: number;
  /** Ends every connection and frees the port. */
  close(): Promise<void>;
}

export interface FrontOptions {
  node: DevnetNode;
  /** 0 takes a free one. */
  port: number;
  hostname?: string;
  limits?: Partial<FrontLimits>;
  log: Logger;
}

/** What belongs to one websocket. */
interface Connection {
  subscriptions: Subscriptions;
  load: DispatchContext["load"];
}

type Socket = ServerWebSocket<Connection>;

/** Listens. Fails with `config` when the port is taken or may not be used. */
export function serveDevnet(options: FrontOptions): Front {
  const { node, port, hostname = "127.0.0.1", log } = options;
  const limits = { ...FRONT_LIMITS, ...options.limits };
  const sockets = new Set<Socket>();
  let subscriptionsSoFar = 0;
  const posts = { running: 0, most: limits.pending };
  const context: DispatchContext = {
    load: posts,
    node,
    methods: METHODS,
    onDefect: (thrown, method) =>
      log.error("a JSON-RPC method failed", { method, error: Failure.from(thrown) }),
  };

  const send = (socket: Socket, text: string): void => {
    if (!sockets.has(socket)) return;
    if (socket.getBufferedAmount() + text.length > limits.backlogBytes) {
      log.warn("a slow reader was cut", { backlogBytes: socket.getBufferedAmount() });
      forget(socket);
      socket.terminate();
      return;
    }
    socket.send(text);
  };
  const forget = (socket: Socket): void => {
    sockets.delete(socket);
    socket.data.subscriptions.endAll();
  };

  async function receive(socket: Socket, text: string): Promise<void> {
    const answered = await dispatch(text, { ...context, ...socket.data });
    if (answered.text !== undefined) send(socket, answered.text);
    answered.begin();
  }

  const server = listen(() =>
    Bun.serve<Connection>({
      hostname,
      port,
      maxRequestBodySize: limits.frameBytes,
      fetch(request, server) {
        if (request.headers.get("upgrade")?.toLowerCase() !== "websocket") {
          return overHttp(request, server, context);
        }
        if (sockets.size >= limits.connections)
          return refused(503, "this devnet has all the connections it takes");
        const data = { load: { running: 0, most: limits.pending } } as Connection;
        return server.upgrade(request, { data }) ? undefined : refused(400, "this is no websocket handshake");
      },
      websocket: {
        maxPayloadLength: limits.frameBytes,
        // A frozen client answers no ping, and is cut after this.
        idleTimeout: 120,
        sendPings: true,
        // Our own limit comes first; this is the engine's.
        backpressureLimit: 2 * limits.backlogBytes,
        closeOnBackpressureLimit: true,
        open(socket) {
          socket.data.subscriptions = createSubscriptions({
            limit: limits.subscriptions,
            nextId: () => `orr${(++subscriptionsSoFar).toString(36)}`,
            notify: (method, subscription, result) =>
              send(socket, JSON.stringify({ jsonrpc: "2.0", method, params: { subscription, result } })),
          });
          sockets.add(socket);
        },
        message: (socket, message) =>
          receive(socket, typeof message === "string" ? message : new TextDecoder().decode(message)),
        close: forget,
      },
    }),
  );

  return {
    url: `ws://${hostname.includes(":") ? `[${hostname}]` : hostname}:${server.port}`,
    port: server.port ?? port,
    async close() {
      for (const socket of sockets) socket.close(1001, "the devnet ends");
      await server.stop(true);
    },
  };

  function listen(serve: () => Server<Connection>): Server<Connection> {
    try {
      return serve();
    } catch (cause) {
      const code = (cause as NodeJS.ErrnoException).code;
      const why = code === "EADDRINUSE" ? "is taken" : `cannot be listened on: ${(cause as Error).message}`;
      throw new Failure("config", `port ${port} on ${hostname} ${why}`, {
        hint: "Choose others with --port (0 takes a free one) and --host, or stop the process that uses it.",
        cause,
      });
    }
  }
}

async function overHttp(
  request: Request,
  server: Server<Connection>,
  context: DispatchContext,
): Promise<Response> {
  if (request.method !== "POST") {
    return refused(405, "this is a devnet: open a websocket here, or POST JSON-RPC 2.0");
  }
  // As a Substrate node has it: a page in a browser cannot send this to us without our leave.
  if (!request.headers.get("content-type")?.startsWith("application/json")) {
    return refused(415, "content-type must be application/json");
  }
  const { load } = context;
  if (load.running >= load.most) return refused(503, "this devnet has all the requests it takes");
  load.running++;
  const body = await request.text().finally(() => load.running--);
  // Blocks by the thousand take longer than a connection may be silent otherwise.
  server.timeout(request, 0);
  const { text } = await dispatch(body, context);
  return new Response(text ?? null, {
    status: text === undefined ? 204 : 200,
    headers: { "content-type": "application/json" },
  });
}

const refused = (status: number, text: string): Response => new Response(`${text}\n`, { status });
