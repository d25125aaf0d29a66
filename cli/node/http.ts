/** The node's HTTP listener: health, readiness, metrics, inspection, and whatever its roles add. */
import { type AnyElysia, Elysia } from "elysia";
import { Failure } from "../../protocol/failure.ts";
import type { Node } from "../../runtime/node.ts";
import { health, METRICS_CONTENT_TYPE, metricsPage, readiness } from "../../runtime/observe/health.ts";

export interface HttpListener {
  url: string;
  close(): Promise<void>;
}

export interface HttpOptions {
  node: Node;
  /** `host:port`; port 0 takes a free one. */
  address: string;
  apps?: readonly AnyElysia[];
  /** Whether an address in use is answered with a free port, as `npm start` prefers, or with a failure. */
  anyPort?: boolean;
}

/** Header in which the apps find the address that a request came from. */
export const CLIENT_ADDRESS_HEADER = "x-orrery-client-address";

/** Largest request body, in bytes: nothing that people send here is larger. */
const MAX_BODY = 64 * 1024;

export async function listenHttp({
  node,
  address,
  apps = [],
  anyPort = false,
}: HttpOptions): Promise<HttpListener> {
  const { hostname, port } = splitAddress(address);
  const app = new Elysia({ name: "node" })
    .get("/health", ({ set }) => {
      const page = health(node);
      set.status = page.status;
      return page.body;
    })
    .get("/ready", ({ set }) => {
      const page = readiness(node);
      set.status = page.status;
      return page.body;
    })
    .get("/metrics", async ({ set }) => {
      set.headers["content-type"] = METRICS_CONTENT_TYPE;
      return metricsPage(node);
    })
    .get("/inspect", () => node.inspect());
  for (const more of apps) app.use(more);

  const serve = (at: number) =>
    Bun.serve({
      hostname,
      port: at,
      maxRequestBodySize: MAX_BODY,
      idleTimeout: 60,
      fetch: (request, server) => {
        // Set here whatever the client sent: rate limits per address rest on it.
        request.headers.set(CLIENT_ADDRESS_HEADER, server.requestIP(request)?.address ?? "");
        return app.handle(request);
      },
    });
  let server: ReturnType<typeof serve>;
  try {
    server = serve(port);
  } catch (cause) {
    if (!anyPort) {
      throw new Failure(
        "config",
        `cannot listen on ${address}: ${cause instanceof Error ? cause.message : cause}`,
        {
          hint: "Choose another address with --http, or stop the process that uses it.",
        },
      );
    }
    server = serve(0);
  }
  return {
    url: `http://${hostname === "0.0.0.0" ? "127.0.0.1" : hostname}:${server.port}`,
    close: () => server.stop(true),
  };
}

function splitAddress(address: string): { hostname: string; port: number } {
  const at = address.lastIndexOf(":");
  const port = Number(address.slice(at + 1));
  if (at < 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure("config", `${JSON.stringify(address)} is not HOST:PORT`);
  }
  return { hostname: address.slice(0, at).replace(/^\[|\]$/g, ""), port };
}
