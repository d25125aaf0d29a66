/** The node's HTTP listener: health, readiness, metrics, inspection, and whatever its roles add. */
import { type AnyElysia, Elysia } from "elysia";
import { failureResponse } from "../../actors/gateway/failure-response.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Node } from "../../runtime/node.ts";
import { health, METRICS_CONTENT_TYPE, metricsPage, readiness } from "../../runtime/observe/health.ts";
import { guarded, isLoopback } from "./http-guard.ts";

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
  /** Largest request body that an app takes, in bytes; each app holds every path to its own bound. Default 64 KiB. */
  maxBody?: number;
}

/** Largest request body, in bytes, where no app takes more. */
const MAX_BODY = 64 * 1024;
/** Seconds without a byte in either direction; event streams say something more often. */
const IDLE_SECONDS = 60;

/** Header in which the apps find the address that a request came from. */
export const CLIENT_ADDRESS_HEADER = "x-orrery-client-address";

/** The node's own pages and its roles' apps as one. */
export function createHttpApp(node: Node, apps: readonly AnyElysia[] = []): AnyElysia {
  const app: AnyElysia = new Elysia({ name: "node" })
    .onError(({ error, code }) => {
      if (code === "NOT_FOUND") {
        return failureResponse(
          new Failure("not-found", "there is nothing here", {
            hint: "A node serves /health, /ready, /metrics and /inspect; a gateway / and /api/v1/openapi.json too.",
          }),
        );
      }
      node.log.error("an HTTP request failed", { error: Failure.from(error) });
      return failureResponse(error);
    })
    .get("/health", () => page(health(node)))
    .get("/ready", () => page(readiness(node)))
    .get(
      "/metrics",
      async () =>
        new Response(await metricsPage(node), { headers: { "content-type": METRICS_CONTENT_TYPE } }),
    )
    .get("/inspect", () => Response.json(node.inspect()));
  for (const more of apps) app.use(more);
  return app;
}

export async function listenHttp(options: HttpOptions): Promise<HttpListener> {
  const { node, address, apps, anyPort = false, maxBody = MAX_BODY } = options;
  const { hostname, port } = splitAddress(address);
  const app = createHttpApp(node, apps);
  const guard = guarded({ handle: (request) => app.handle(request), loopback: isLoopback(hostname) });
  const serve = (at: number) =>
    Bun.serve({
      hostname,
      port: at,
      maxRequestBodySize: maxBody,
      idleTimeout: IDLE_SECONDS,
      fetch: (request, server) => {
        // Set here whatever the client sent: rate limits per address rest on it.
        request.headers.set(CLIENT_ADDRESS_HEADER, server.requestIP(request)?.address ?? "");
        return guard(request);
      },
    });
  let server: ReturnType<typeof serve>;
  try {
    server = serve(port);
  } catch (cause) {
    if (!anyPort || (cause as NodeJS.ErrnoException).code !== "EADDRINUSE") {
      throw new Failure(
        "config",
        `cannot listen on ${address}: ${cause instanceof Error ? cause.message.replace(/[.?]$/, "") : cause}`,
        {
          hint: "Choose another address with --http, or stop the process that uses it.",
          cause,
        },
      );
    }
    server = serve(0);
  }
  const shown = hostname === "0.0.0.0" ? "127.0.0.1" : hostname === "::" ? "::1" : hostname;
  return {
    url: `http://${shown.includes(":") ? `[${shown}]` : shown}:${server.port}`,
    close: () => server.stop(true),
  };
}

const page = ({ status, body }: { status: number; body: unknown }): Response =>
  Response.json(body, { status });

/** True for an address that only this machine reaches. */
export const servesLoopback = (address: string): boolean => isLoopback(splitAddress(address).hostname);

function splitAddress(address: string): { hostname: string; port: number } {
  const at = address.lastIndexOf(":");
  const port = Number(address.slice(at + 1));
  if (at < 1 || at === address.length - 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
    throw new Failure("config", `${JSON.stringify(address)} is not HOST:PORT`, {
      hint: "For example 127.0.0.1:7070, or 0.0.0.0:7070 to serve other machines.",
    });
  }
  return { hostname: address.slice(0, at).replace(/^\[|\]$/g, ""), port };
}
