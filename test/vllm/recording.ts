/** What a server was asked and what it said, kept as a file; and a server that says it again to whoever asks the same. */
import { z } from "zod";

const Exchange = z.object({
  method: z.string(),
  path: z.string(),
  /** Whether it came with the right key. */
  known: z.boolean(),
  body: z.unknown(),
  status: z.number().int(),
  type: z.string(),
  said: z.string(),
});
type Exchange = z.infer<typeof Exchange>;

export const Recording = z.object({
  /** Which server, how it was started. */
  server: z.string(),
  /** Names and types of what it measures. */
  metrics: z.record(z.string(), z.string()),
  /** By check, in the order of their beginning. */
  checks: z.record(z.string(), z.array(Exchange)),
});
export type Recording = z.infer<typeof Recording>;

export interface Relay extends AsyncDisposable {
  /** Up to and with `/v1`. */
  url: string;
}

/** Stands before a real server and writes down what passes. */
export function record(server: string, key: string, into: Exchange[]): Relay {
  return serve(async (request) => {
    const { pathname } = new URL(request.url);
    const text = await request.text();
    const exchange: Exchange = {
      ...{ method: request.method, path: pathname, known: knows(request, key), body: parsed(text) },
      ...{ status: 0, type: "", said: "" },
    };
    into.push(exchange);
    const answer = await fetch(new URL(pathname, server), {
      method: request.method,
      headers: request.headers,
      ...(text === "" ? {} : { body: text }),
      signal: request.signal,
    });
    exchange.status = answer.status;
    exchange.type = answer.headers.get("content-type") ?? "";
    const decoder = new TextDecoder();
    const written = new TransformStream<Uint8Array, Uint8Array>({
      transform(chunk, out) {
        exchange.said += decoder.decode(chunk, { stream: true });
        out.enqueue(chunk);
      },
    });
    return new Response(answer.body?.pipeThrough(written), {
      status: answer.status,
      headers: { "content-type": exchange.type },
    });
  });
}

/** Says each thing once, and 418 to what it was never asked. */
export function replay(exchanges: readonly Exchange[], key: string): Relay {
  const left = [...exchanges];
  return serve(async (request) => {
    const { pathname: path } = new URL(request.url);
    const body = parsed(await request.text());
    const asked = { method: request.method, path, known: knows(request, key), body };
    const at = left.findIndex(({ status, type, said, ...each }) => Bun.deepEquals(each, asked));
    if (at < 0) return new Response(`never asked: ${JSON.stringify(asked).slice(0, 2_000)}`, { status: 418 });
    const [{ status, type, said }] = left.splice(at, 1) as [Exchange];
    return new Response(said, { status, headers: { "content-type": type } });
  });
}

function serve(fetch: (request: Request) => Promise<Response>): Relay {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, idleTimeout: 0, fetch });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    [Symbol.asyncDispose]: () => server.stop(true),
  };
}

const knows = (request: Request, key: string): boolean =>
  request.headers.get("authorization") === `Bearer ${key}`;

const parsed = (text: string): unknown => (text === "" ? null : JSON.parse(text));
