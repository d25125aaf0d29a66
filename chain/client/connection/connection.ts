/**
 * The one connection of a process to its chain. It is kept: a link that breaks, stalls, lags, speaks nonsense or
 * belongs to another chain is replaced by one to the next endpoint, subscriptions are made again, and requests that
 * may be asked again are.
 */
import { Failure } from "../../../protocol/failure.ts";
import { backoffMs } from "../../../runtime/actors/supervision.ts";
import type { Logger } from "../../../runtime/observe/logger.ts";
import type { Metrics } from "../../../runtime/observe/metrics.ts";
import type { Clock, Rng } from "../../../runtime/ports/index.ts";
import type { Dial } from "../../../runtime/ports/web-socket.ts";
import type { RequestOptions, Rpc, SubscribeOptions, Subscription } from "../rpc.ts";
import { createEndpoints, type Endpoint, type Endpoints } from "./endpoints.ts";
import { Hash, RpcHeader } from "./header.ts";
import { type Link, openLink } from "./link.ts";
import { Watchdog } from "./watchdog.ts";

export interface ConnectionOptions {
  /** In order of preference. */
  endpoints: readonly string[];
  /** Hash of block 0; when omitted, that of the first node that answers is held against all others. */
  genesisHash?: string;
  /** Time between blocks, in milliseconds, until `expectBlocksEvery` tells better. Default 12,000. */
  blockTimeMs?: number;
  dial: Dial;
  clock: Clock;
  rng: Rng;
  log: Logger;
  metrics: Metrics;
  /** Requests waiting or under way at once. Default 512. */
  maxRequests?: number;
}

export interface Connection extends Rpc {
  /** Host of the node that serves now; undefined while there is none. */
  readonly node: string | undefined;
  /** Resolves once some endpoint serves: to the hash of block 0. */
  ready(options?: RequestOptions): Promise<{ genesisHash: string }>;
  /** Called for each new head, while connected, in order. */
  onHead(listener: (header: RpcHeader) => void): { cancel(): void };
  /** How often blocks come; null where they come by hand, and none is missed. */
  expectBlocksEvery(blockTimeMs: number | null): void;
  close(): Promise<void>;
}

const DEADLINE_MS = 30_000;
const OPEN_MS = 10_000;
const BACKOFF = { minMs: 100, maxMs: 15_000 };
/** A link that lasted this long was good, heads or not. */
const PROVEN_MS = 10_000;
/** A node that is this many blocks behind what was seen elsewhere is still catching up. */
const LAG_BLOCKS = 10;

interface Kept {
  options: SubscribeOptions;
  /** Its id on the link of now. */
  on: { link: Link; id: string } | undefined;
  cancelled: boolean;
}

export function createConnection(options: ConnectionOptions): Connection {
  return new SupervisedConnection(options);
}

class SupervisedConnection implements Connection {
  private readonly options: ConnectionOptions;
  private readonly endpoints: Endpoints;
  private readonly closing = new AbortController();
  private readonly supervision: Promise<void>;
  private readonly kept = new Set<Kept>();
  private readonly headListeners = new Set<(header: RpcHeader) => void>();
  private link: Link | undefined;
  private watchdog: Watchdog | undefined;
  /** Those who wait for a link. */
  private waiting = new Set<() => void>();
  private requests = 0;
  /** Attempts in a row that came to nothing. */
  private fruitless = 0;
  private genesisHash: string | undefined;
  private blockTimeMs: number | null;
  private highest = 0;
  /** Why the last attempt came to nothing. */
  private lastFailure: Failure | undefined;
  /** Nothing will ever serve: told to whoever asks. */
  private hopeless: Failure | undefined;

  constructor(options: ConnectionOptions) {
    this.options = options;
    this.endpoints = createEndpoints(options.endpoints);
    this.genesisHash = options.genesisHash;
    this.blockTimeMs = options.blockTimeMs ?? 12_000;
    this.supervision = this.supervise();
  }

  get node(): string | undefined {
    return this.link?.name;
  }

  async ready(request: RequestOptions = {}): Promise<{ genesisHash: string }> {
    await this.served(this.until(request), request.signal);
    return { genesisHash: this.genesisHash ?? "" };
  }

  async request(
    method: string,
    params: readonly unknown[] = [],
    request: RequestOptions = {},
  ): Promise<unknown> {
    const { again = !method.startsWith("author_"), signal } = request;
    return this.counted(method, async () => {
      const until = this.until(request);
      for (;;) {
        const link = await this.served(until, signal);
        try {
          return await link.request(method, params, { timeoutMs: this.left(until), signal });
        } catch (thrown) {
          if (!again || !link.ended.aborted || this.closing.signal.aborted || signal?.aborted) throw thrown;
        }
      }
    });
  }

  subscribe(options: SubscribeOptions, request: RequestOptions = {}): Promise<Subscription> {
    return this.counted(options.method, async () => {
      const until = this.until(request);
      const kept: Kept = { options, on: undefined, cancelled: false };
      for (;;) {
        const link = await this.served(until, request.signal);
        try {
          await this.begin(kept, link, this.left(until), request.signal);
          if (options.lost !== undefined || !link.ended.aborted) break;
        } catch (thrown) {
          if (options.lost !== undefined || !link.ended.aborted || this.closing.signal.aborted) throw thrown;
        }
      }
      const { lost } = options;
      if (lost === undefined) this.kept.add(kept);
      else {
        const link = kept.on?.link;
        const tell = () => {
          if (!kept.cancelled) lost(Failure.from(link?.ended.reason));
        };
        if (link?.ended.aborted) tell();
        else link?.ended.addEventListener("abort", tell, { once: true });
      }
      return { cancel: () => this.cancel(kept) };
    });
  }

  onHead(listener: (header: RpcHeader) => void): { cancel(): void } {
    this.headListeners.add(listener);
    return { cancel: () => void this.headListeners.delete(listener) };
  }

  expectBlocksEvery(blockTimeMs: number | null): void {
    this.blockTimeMs = blockTimeMs;
    if (this.link !== undefined) this.watch(this.link);
  }

  async close(): Promise<void> {
    this.closing.abort(new Failure("cancelled", "the connection to the chain was closed"));
    this.wake();
    await this.supervision;
  }

  /** Keeps a link until closed. */
  private async supervise(): Promise<void> {
    const { clock, rng, log, metrics } = this.options;
    const { signal } = this.closing;
    while (!signal.aborted) {
      let endpoint: Endpoint | undefined;
      let begun: number | undefined;
      try {
        endpoint = this.endpoints.next();
        this.hopeless = undefined;
        const link = await this.connect(endpoint);
        begun = clock.monotonic();
        metrics.gauge("orrery_chain_connected", 1);
        log.info("connected to the chain", { node: link.name, block: this.highest });
        await ended(link.ended);
        throw link.ended.reason;
      } catch (thrown) {
        metrics.gauge("orrery_chain_connected", 0);
        this.watchdog?.stop();
        this.link = undefined;
        if (signal.aborted) break;
        const failure = Failure.from(thrown);
        this.lastFailure = failure;
        metrics.count("orrery_chain_disconnects_total", 1, { code: failure.code });
        // What served comes back at once, and so does the next endpoint; only when none of them works is there a pause.
        if (begun !== undefined && clock.monotonic() - begun > PROVEN_MS) this.proven(endpoint);
        const pauseMs = this.endpoints.exhausted ? backoffMs(++this.fruitless, BACKOFF, rng) : 0;
        if (endpoint === undefined) {
          this.hopeless = failure;
          this.wake();
        } else this.endpoints.failed(endpoint);
        log.warn("no connection to the chain", { reason: failure.toLine(), pauseMs: Math.round(pauseMs) });
        if (pauseMs > 0) await clock.sleep(pauseMs, signal).catch(() => {});
      }
    }
    this.wake();
  }

  /** Opens a link, makes sure of the chain and of its heads, and puts it to use. */
  private async connect(endpoint: Endpoint): Promise<Link> {
    const { clock, dial } = this.options;
    // Whatever stalls on the way is left within two block times, or ten seconds.
    const openMs = Math.min(OPEN_MS, Math.max(250, 2 * (this.blockTimeMs ?? OPEN_MS)));
    const link = await openLink({ url: endpoint.url, dial, clock, openMs, signal: this.closing.signal });
    const close = () => link.end(Failure.from(this.closing.signal.reason));
    this.closing.signal.addEventListener("abort", close, { once: true });
    link.ended.addEventListener("abort", () => this.closing.signal.removeEventListener("abort", close), {
      once: true,
    });
    try {
      const genesis = Hash.parse(await link.request("chain_getBlockHash", [0], { timeoutMs: openMs }));
      if (this.genesisHash !== undefined && genesis !== this.genesisHash) {
        const reason = `its genesis is ${genesis}, not ${this.genesisHash}`;
        this.endpoints.ban(endpoint, reason);
        throw new Failure("config", "the node belongs to another chain", {
          meta: { node: link.name, genesis, expected: this.genesisHash },
          hint: "Check --network.",
        });
      }
      const header = RpcHeader.parse(await link.request("chain_getHeader", [], { timeoutMs: openMs }));
      // Where every node lags, the chain itself went back, as a devnet may.
      if (header.number + LAG_BLOCKS < this.highest && !this.endpoints.exhausted) {
        throw new Failure("unavailable", "the node lags behind", {
          meta: { node: link.name, block: header.number, seen: this.highest },
        });
      }
      this.genesisHash = genesis;
      this.highest = header.number;
      await this.followHeads(link, endpoint, openMs);
      await Promise.all([...this.kept].map((kept) => this.begin(kept, link, openMs)));
    } catch (thrown) {
      const failure =
        thrown instanceof Failure
          ? thrown
          : new Failure("unavailable", "the node's answers make no sense", { cause: thrown });
      link.end(failure);
      throw failure;
    }
    this.link = link;
    this.watch(link);
    this.wake();
    return link;
  }

  private async followHeads(link: Link, endpoint: Endpoint, timeoutMs: number): Promise<void> {
    const id = await link.request("chain_subscribeNewHeads", [], { timeoutMs });
    link.listen(`${id}`, (item) => {
      const header = RpcHeader.safeParse(item);
      if (!header.success) {
        return link.end(
          new Failure("unavailable", "the node's heads make no sense", { cause: header.error }),
        );
      }
      this.highest = header.data.number;
      if (this.link === link) {
        this.watchdog?.sawHead();
        this.proven(endpoint);
      }
      for (const listener of [...this.headListeners]) listener(header.data);
    });
  }

  /** A link counts as good once it brought a head: one that is taken and dropped again must not be tried without pause. */
  private proven(endpoint: Endpoint | undefined): void {
    if (endpoint !== undefined) this.endpoints.served(endpoint);
    this.fruitless = 0;
  }

  private watch(link: Link): void {
    this.watchdog?.stop();
    this.watchdog = undefined;
    if (this.blockTimeMs === null) return;
    this.watchdog = new Watchdog({
      clock: this.options.clock,
      blockTimeMs: this.blockTimeMs,
      probe: (timeoutMs) => link.request("system_health", [], { timeoutMs }),
      dead: (failure) => link.end(failure),
    });
  }

  private async begin(kept: Kept, link: Link, timeoutMs: number, signal?: AbortSignal): Promise<void> {
    const { method, params = [], item } = kept.options;
    const id = `${await link.request(method, params, { timeoutMs, signal })}`;
    if (kept.cancelled) return this.drop({ link, id }, kept.options);
    kept.on = { link, id };
    link.listen(id, item);
  }

  private cancel(kept: Kept): void {
    if (kept.cancelled) return;
    kept.cancelled = true;
    this.kept.delete(kept);
    if (kept.on !== undefined) this.drop(kept.on, kept.options);
  }

  private drop({ link, id }: { link: Link; id: string }, { unsubscribe }: SubscribeOptions): void {
    link.forget(id);
    // Out of courtesy: the node may have forgotten it already.
    if (!link.ended.aborted) link.request(unsubscribe, [id], { timeoutMs: OPEN_MS }).catch(() => {});
  }

  /** The link of now, or the next one. */
  private async served(until: number, signal?: AbortSignal): Promise<Link> {
    const { clock } = this.options;
    for (;;) {
      if (signal?.aborted) {
        throw new Failure("cancelled", "the request was cancelled", { cause: signal.reason });
      }
      if (this.closing.signal.aborted) throw Failure.from(this.closing.signal.reason);
      if (this.link !== undefined && !this.link.ended.aborted) return this.link;
      if (this.hopeless !== undefined) throw this.hopeless;
      const leftMs = until - clock.monotonic();
      if (leftMs <= 0) {
        throw new Failure("unavailable", "no node of the chain could be reached in time", {
          meta: {
            endpoints: this.options.endpoints.length,
            ...(this.lastFailure === undefined ? {} : { last: this.lastFailure.toLine() }),
          },
          cause: this.lastFailure,
          hint: "Check --network, and whether the node is up.",
        });
      }
      await this.change(leftMs, signal);
    }
  }

  /** Resolves when the link changed, time is up or the signal aborted, whichever is first. */
  private change(leftMs: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        timer.cancel();
        this.waiting.delete(done);
        signal?.removeEventListener("abort", done);
        resolve();
      };
      const timer = this.options.clock.after(leftMs, done);
      this.waiting.add(done);
      signal?.addEventListener("abort", done, { once: true });
    });
  }

  private wake(): void {
    for (const done of [...this.waiting]) done();
  }

  private async counted<T>(method: string, work: () => Promise<T>): Promise<T> {
    const limit = this.options.maxRequests ?? 512;
    if (this.requests >= limit) {
      throw new Failure("overloaded", "too many requests to the chain at once", { meta: { method, limit } });
    }
    this.requests++;
    try {
      return await work();
    } finally {
      this.requests--;
    }
  }

  private until({ deadlineMs = DEADLINE_MS }: RequestOptions): number {
    return this.options.clock.monotonic() + deadlineMs;
  }

  private left(until: number): number {
    return Math.max(0, until - this.options.clock.monotonic());
  }
}

function ended(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
