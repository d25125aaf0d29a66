/** One HTTP server of models: asks it, waits when it says so, and tries again only what has not begun. */
import { Failure } from "../../protocol/failure.ts";
import type { Http } from "../../runtime/ports/http.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import type { ModelCall } from "../request/call.ts";
import { refusalOf } from "./refusal.ts";

export interface ServerOptions {
  clock: Clock;
  rng: Rng;
  http: Http;
  /** Up to and with `/v1`. */
  baseUrl: string;
  /** Asked for each request, so that a new key is taken up; sent as a bearer token and shown nowhere. */
  apiKey?: (() => string | undefined) | undefined;
  /** Requests in all, of which none but the last has an answer. Default 4. */
  attempts?: number | undefined;
  /** Longest silence of a server that has taken a request, in milliseconds. Default 10 minutes: it may read 2M tokens. */
  silenceMs?: number | undefined;
}

const FIRST_RETRY_MS = 250;
const LONGEST_RETRY_MS = 30_000;
const ERROR_BYTES = 64 * 1024;
const SILENCE_MS = 600_000;

/** The body of an answer and what ends it early. */
export interface Answer {
  /** When it was asked for, by the monotonic clock: a server that reads a long prompt says nothing until it has. */
  askedAt: number;
  bytes(): AsyncGenerator<Uint8Array, void, undefined>;
}

export class Server {
  readonly #options: ServerOptions;
  readonly #base: URL;
  /** Nobody asks before: the server has said how long it wants to be left alone. */
  #openAt = Number.NEGATIVE_INFINITY;

  constructor(options: ServerOptions) {
    this.#options = options;
    this.#base = baseOf(options.baseUrl);
  }

  /** `path` below `/v1`, or beside it when it begins with `../`. Without a body it is a GET. */
  async ask(path: string, body: unknown, call: ModelCall): Promise<Answer> {
    const { attempts = 4 } = this.#options;
    for (let attempt = 1; ; attempt++) {
      await this.#untilOpen(call);
      try {
        return await this.#once(path, body, call);
      } catch (thrown) {
        const failure = Failure.from(thrown);
        // Refused or never reached: nothing was begun there. Anything else might be paid for twice.
        const unbegun = failure.code === "overloaded" || failure.code === "unavailable";
        if (!unbegun || attempt >= attempts) throw failure;
        this.#hold(failure, attempt);
      }
    }
  }

  /** A whole answer of at most `maxBytes` as JSON; fails with `provider` when it is none. */
  async json(path: string, body: unknown, maxBytes: number, call: ModelCall): Promise<unknown> {
    const answer = await this.ask(path, body, call);
    const chunks: Uint8Array[] = [];
    let size = 0;
    for await (const chunk of answer.bytes()) {
      size += chunk.byteLength;
      if (size > maxBytes) throw misbehaved("its answer is larger than it may be", { maxBytes });
      chunks.push(chunk);
    }
    try {
      return JSON.parse(Buffer.concat(chunks).toString());
    } catch (cause) {
      throw misbehaved("its answer is not JSON", {}, cause);
    }
  }

  /** One after the other they would all come back at once; the random half spreads them. */
  #hold(failure: Failure, attempt: number): void {
    const { clock, rng } = this.#options;
    const backoffMs = Math.min(FIRST_RETRY_MS * 2 ** (attempt - 1), LONGEST_RETRY_MS) * (0.5 + rng.next());
    this.#openAt = Math.max(this.#openAt, clock.now() + (failure.retryAfterMs ?? backoffMs));
  }

  async #untilOpen(call: ModelCall): Promise<void> {
    const { clock } = this.#options;
    for (let waitMs = this.#openAt - clock.now(); waitMs > 0; waitMs = this.#openAt - clock.now()) {
      if (waitMs > call.remainingMs) {
        throw new Failure(
          "overloaded",
          "the model server wants to be left alone for longer than there is time",
          {
            owner: "provider",
            retryAfterMs: waitMs,
          },
        );
      }
      await clock.sleep(waitMs, call.signal).catch(() => call.check());
    }
    call.check();
  }

  async #once(path: string, body: unknown, call: ModelCall): Promise<Answer> {
    const { clock, http, apiKey, silenceMs = SILENCE_MS } = this.#options;
    const key = apiKey?.();
    const askedAt = clock.monotonic();
    const silence = new Silence(clock, silenceMs);
    const signal = AbortSignal.any([call.signal, silence.signal]);
    const said = (thrown: unknown): Failure => {
      call.check();
      if (silence.signal.aborted) return misbehaved("it went silent", { silenceMs });
      return thrown instanceof Failure ? thrown : misbehaved("the connection broke", {}, thrown);
    };
    let response: Response;
    try {
      response = await http(new URL(path, this.#base).href, {
        method: body === undefined ? "GET" : "POST",
        headers: {
          accept: "application/json, text/event-stream",
          ...(body === undefined ? {} : { "content-type": "application/json" }),
          ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        // A server closes connections that idle, and nobody can tell whether work sent down one at that moment was begun. On a
        // connection of its own it was, and a question that costs nothing is simply asked again.
        keepalive: body === undefined,
        // A key must not follow a redirect to somebody else.
        redirect: "error",
        signal,
      });
    } catch (thrown) {
      const silent = silence.signal.aborted;
      silence.close();
      if (silent || call.signal.aborted) throw said(thrown);
      if (body !== undefined && isBrokenOff(thrown))
        throw misbehaved("it hung up before it answered", {}, thrown);
      throw new Failure("unavailable", "the model server cannot be reached", {
        meta: { server: this.#base.origin },
        hint: "Check its address, and that it runs.",
        cause: thrown,
      });
    }
    const bytes = read(response, silence, said);
    if (response.ok) return { askedAt, bytes: () => bytes };
    throw refusalOf(response.status, response.headers, await this.#errorText(bytes, key), clock.now());
  }

  async #errorText(bytes: AsyncGenerator<Uint8Array>, key: string | undefined): Promise<string> {
    const chunks: Uint8Array[] = [];
    let size = 0;
    try {
      for await (const chunk of bytes) {
        chunks.push(chunk);
        if ((size += chunk.byteLength) > ERROR_BYTES) break;
      }
    } catch {
      // The status alone says enough.
    }
    const text = Buffer.concat(chunks).toString();
    // A server that repeats the key must not get it into our logs.
    return key === undefined || key === "" ? text : text.replaceAll(key, "…");
  }
}

/** There was a connection, and it may have carried the request. */
const isBrokenOff = (thrown: unknown): boolean =>
  (thrown as { code?: unknown } | null)?.code === "ECONNRESET";

/** Ends the request as well, when the reader leaves early. */
async function* read(
  response: Response,
  silence: Silence,
  said: (thrown: unknown) => Failure,
): AsyncGenerator<Uint8Array, void, undefined> {
  const reader = response.body?.getReader();
  try {
    while (reader !== undefined) {
      const { done, value } = await reader.read();
      if (done) return;
      silence.heard();
      yield value;
    }
  } catch (thrown) {
    throw said(thrown);
  } finally {
    silence.close();
    await reader?.cancel().catch(() => {});
  }
}

/** Aborts when nothing has been heard for too long. */
class Silence {
  readonly #clock: Clock;
  readonly #limitMs: number;
  readonly #stopped = new AbortController();
  readonly #timer: { cancel(): void };
  #heardAt: number;

  constructor(clock: Clock, limitMs: number) {
    this.#clock = clock;
    this.#limitMs = limitMs;
    this.#heardAt = clock.monotonic();
    this.#timer = clock.every(Math.max(10, limitMs / 4), () => {
      if (clock.monotonic() - this.#heardAt > this.#limitMs) this.#stopped.abort();
    });
  }

  get signal(): AbortSignal {
    return this.#stopped.signal;
  }

  heard(): void {
    this.#heardAt = this.#clock.monotonic();
  }

  close(): void {
    this.#timer.cancel();
  }
}

export const misbehaved = (
  what: string,
  meta: Record<string, string | number> = {},
  cause?: unknown,
): Failure => new Failure("provider", `the model server misbehaved: ${what}`, { meta, cause });

function baseOf(text: string): URL {
  const url = URL.parse(text.endsWith("/") ? text : `${text}/`);
  if (url !== null && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "")
    return url;
  throw new Failure(
    "config",
    "the address of a model server must be http:// or https://, without a user in it",
    {
      hint: "For example http://127.0.0.1:8000/v1; the key is given apart.",
    },
  );
}
