/** Bodies of requests: bounded each and all together, and not waited for longer than an honest sender takes. */
import { Failure } from "../../../protocol/failure.ts";
import type { Clock } from "../../../runtime/ports/clock.ts";

export interface BodiesOptions {
  clock: Clock;
  /** Of all requests that are being read or prepared, in bytes. Default 256 MiB. */
  together?: number;
}

const TOGETHER = 256 * 1024 * 1024;
/** Any body may take this long, */
const PATIENCE_MS = 30_000;
/** and a long one as long as this many bytes in a millisecond take: 64 kB/s. */
const SLOWEST = 64;

export class Bodies {
  readonly #clock: Clock;
  readonly #together: number;
  #held = 0;

  constructor({ clock, together = TOGETHER }: BodiesOptions) {
    this.#clock = clock;
    this.#together = together;
  }

  /**
   * Works with the body, which counts until then. Fails with `too-large` above the limit, whatever the headers claim,
   * `overloaded` when all of them together are too large, and `timeout` for one that trickles in.
   */
  async reading<T>(request: Request, limit: number, work: (body: Uint8Array) => Promise<T>): Promise<T> {
    const chunks: Uint8Array[] = [];
    const began = this.#clock.monotonic();
    let size = 0;
    try {
      for await (const chunk of limit === 0 ? [] : (request.body ?? [])) {
        size += chunk.byteLength;
        this.#held += chunk.byteLength;
        if (size > limit) throw tooLarge(limit);
        if (this.#held > this.#together) throw this.#full();
        if (this.#clock.monotonic() - began > PATIENCE_MS + size / SLOWEST) throw tooSlow(size);
        chunks.push(chunk);
      }
      return await work(Buffer.concat(chunks, size));
    } finally {
      this.#held -= size;
    }
  }

  #full(): Failure {
    return new Failure("overloaded", "too many large requests are being read", {
      meta: { together: this.#together },
      hint: "Send it again in a moment.",
    });
  }
}

const tooLarge = (limit: number): Failure =>
  new Failure("too-large", `the request is larger than ${limit} bytes`, {
    hint: "Send a long context to /v1/blobs, and its reference in `context`.",
  });

const tooSlow = (size: number): Failure =>
  new Failure("timeout", "the request did not arrive in time", {
    meta: { bytes: size },
    hint: `Send it at ${SLOWEST} kB/s at least.`,
  });
