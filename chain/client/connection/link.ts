/** One websocket to one node, from its opening to its end; it is never mended, only replaced. */
import { Failure } from "../../../protocol/failure.ts";
import type { Clock, Timer } from "../../../runtime/ports/index.ts";
import type { Dial, Socket } from "../../../runtime/ports/web-socket.ts";
import { readFrame, rpcFailure } from "./frames.ts";

export interface Link {
  /** Host of the node, without what may be secret in its address. */
  readonly name: string;
  /** Aborts once, with the failure that ended it. */
  readonly ended: AbortSignal;
  request(
    method: string,
    params: readonly unknown[],
    options: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<unknown>;
  /** Items of a subscription; those that came before this call are given first. */
  listen(subscription: string, item: (item: unknown) => void): void;
  forget(subscription: string): void;
  end(reason: Failure): void;
}

export interface OpenLinkOptions {
  url: string;
  dial: Dial;
  clock: Clock;
  openMs: number;
  signal: AbortSignal;
}

interface Waiting {
  method: string;
  timer: Timer;
  resolve(result: unknown): void;
  reject(failure: Failure): void;
}

/** Items of subscriptions that nobody listens to yet: their first may overtake the answer that names them. */
const MAX_EARLY = 64;

/** Resolves when the socket is open. Fails with `timeout`, `unavailable` or `cancelled`; nothing is left open then. */
export function openLink(options: OpenLinkOptions): Promise<Link> {
  const { clock, openMs, signal } = options;
  return new Promise((resolve, reject) => {
    const link = new SocketLink(options, () => {
      settle();
      resolve(link);
    });
    const late = clock.after(openMs, () =>
      link.end(new Failure("timeout", "the node did not take the connection in time", { meta: { openMs } })),
    );
    const cancel = () => link.end(new Failure("cancelled", "the connection is no longer wanted"));
    const settle = () => {
      late.cancel();
      signal.removeEventListener("abort", cancel);
    };
    link.ended.addEventListener("abort", () => {
      settle();
      reject(link.ended.reason);
    });
    signal.addEventListener("abort", cancel, { once: true });
    if (signal.aborted) cancel();
  });
}

class SocketLink implements Link {
  readonly name: string;
  readonly ended: AbortSignal;
  private readonly clock: Clock;
  private readonly socket: Socket;
  private readonly over = new AbortController();
  private readonly waiting = new Map<number, Waiting>();
  private readonly listeners = new Map<string, (item: unknown) => void>();
  private early: { subscription: string; item: unknown }[] = [];
  private lastId = 0;

  constructor({ url, dial, clock }: OpenLinkOptions, opened: () => void) {
    this.name = hostOf(url);
    this.clock = clock;
    this.ended = this.over.signal;
    this.socket = dial(url, {
      opened,
      text: (frame) => this.take(frame),
      closed: (reason) => this.end(this.broken(reason)),
    });
  }

  request(
    method: string,
    params: readonly unknown[],
    { timeoutMs, signal }: { timeoutMs: number; signal?: AbortSignal | undefined },
  ): Promise<unknown> {
    return new Promise((resolve, reject) => {
      if (this.ended.aborted) return reject(this.ended.reason);
      if (signal?.aborted) return reject(cancelled(method, signal));
      const id = ++this.lastId;
      const settle = () => {
        this.waiting.delete(id);
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
      };
      const fail = (failure: Failure) => {
        settle();
        reject(failure);
      };
      const onAbort = () => fail(cancelled(method, signal));
      const timer = this.clock.after(timeoutMs, () =>
        fail(
          new Failure("timeout", "the node did not answer in time", {
            meta: { node: this.name, method, timeoutMs },
          }),
        ),
      );
      signal?.addEventListener("abort", onAbort, { once: true });
      this.waiting.set(id, {
        ...{ method, timer, reject: fail },
        resolve(result) {
          settle();
          resolve(result);
        },
      });
      this.socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params }));
    });
  }

  listen(subscription: string, item: (item: unknown) => void): void {
    this.listeners.set(subscription, item);
    const mine = this.early.filter((each) => each.subscription === subscription);
    this.early = this.early.filter((each) => each.subscription !== subscription);
    for (const each of mine) item(each.item);
  }

  forget(subscription: string): void {
    this.listeners.delete(subscription);
  }

  end(reason: Failure): void {
    if (this.ended.aborted) return;
    this.over.abort(reason);
    this.socket?.terminate();
    this.listeners.clear();
    this.early = [];
    for (const { reject } of [...this.waiting.values()]) reject(reason);
  }

  private take(text: string): void {
    if (this.ended.aborted) return;
    const frame = readFrame(text);
    if (frame === undefined) this.end(this.broken("it does not speak JSON-RPC"));
    else if (frame.kind === "complaint") this.end(this.broken(frame.error.message));
    else if (frame.kind === "notice") this.give(frame.subscription, frame.result);
    else {
      // An answer that comes after its deadline is nobody's.
      const waiting = this.waiting.get(frame.id);
      if (frame.error === undefined) waiting?.resolve(frame.result);
      else waiting?.reject(rpcFailure(waiting.method, frame.error));
    }
  }

  private give(subscription: string, item: unknown): void {
    const listener = this.listeners.get(subscription);
    if (listener !== undefined) listener(item);
    else if (this.early.length < MAX_EARLY) this.early.push({ subscription, item });
  }

  private broken(reason: string): Failure {
    return new Failure("unavailable", "the connection to the node broke", {
      meta: { node: this.name, reason },
    });
  }
}

const cancelled = (method: string, signal: AbortSignal | undefined): Failure =>
  new Failure("cancelled", "the request was cancelled", { meta: { method }, cause: signal?.reason });

function hostOf(url: string): string {
  return URL.parse(url)?.host ?? "unknown";
}
