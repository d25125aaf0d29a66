/**
 * Contexts that were read before: where a model's state can be kept, a context that comes again, here or at another actor
 * with the same weights, is not read again but gone on from.
 */
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import type { GenerateChunk, GenerateRequest, ModelCard, ModelSnapshot } from "../../protocol/model.ts";
import type { Model, ModelCallOptions } from "../model.ts";
import { contextChain, PrefixCache } from "./prefix-cache.ts";

/** Snapshots by link of a context's chain, for all actors of one network. Best effort: what fails is as if it were not there. */
export interface SharedSnapshots {
  get(link: string): Promise<ModelSnapshot | undefined>;
  put(link: string, snapshot: ModelSnapshot): Promise<void>;
}

const ENTRIES = 256;
const BYTES = 4 * 1024 ** 3;
/** A state larger than this costs more to move than its context to read. */
const SNAPSHOT_BYTES = 64 * 1024 * 1024;

interface Found {
  /** Links of the chain that are covered. */
  links: number;
  value: ModelSnapshot;
}

/** How a store says that it has a blob no more. */
const LOST: ReadonlySet<FailureCode> = new Set(["not-found", "corrupt"]);

export class Contexts {
  readonly #model: Model;
  readonly #shared: SharedSnapshots | undefined;
  readonly #cache = new PrefixCache<ModelSnapshot>({ entries: ENTRIES, bytes: BYTES });

  constructor(model: Model, shared: SharedSnapshots | undefined) {
    this.#model = model;
    this.#shared = shared;
  }

  /** As the model's own, with as much of the context as is known left out and counted as cached. */
  async generate(request: GenerateRequest, call: ModelCallOptions): Promise<AsyncIterable<GenerateChunk>> {
    const card = await this.#model.card();
    return worthKeeping(card, request)
      ? this.#fromKept(card, request, call)
      : this.#model.generate(request, call);
  }

  async *#fromKept(
    card: ModelCard,
    request: GenerateRequest,
    call: ModelCallOptions,
  ): AsyncGenerator<GenerateChunk, void, undefined> {
    const links = contextChain(`${card.weights} ${call.space ?? ""}`, request.context);
    const found = await this.#find(links, card);
    let seq = 0;
    try {
      for await (const chunk of this.#goOn(request, links, found, call)) yield { ...chunk, seq: seq++ };
    } catch (thrown) {
      if (found === undefined || seq > 0 || !LOST.has(Failure.from(thrown).code)) throw thrown;
      // The snapshot is gone from the store, or damaged: then the context is read after all.
      this.#cache.delete(links[found.links - 1]!);
      for await (const chunk of this.#goOn(request, links, undefined, call)) yield { ...chunk, seq: seq++ };
    }
  }

  async *#goOn(
    request: GenerateRequest,
    links: readonly string[],
    found: Found | undefined,
    call: ModelCallOptions,
  ): AsyncGenerator<GenerateChunk, void, undefined> {
    const missing = request.context.slice(found?.links ?? 0);
    let resume = found?.value;
    let contextMs = 0;
    if (missing.length > 0) {
      // The context by itself first, so that the next question about it finds its state.
      for await (const chunk of this.#model.generate(readOnly(request, missing, resume), call)) {
        if (chunk.type === "prefill") yield chunk;
        if (chunk.type !== "end") continue;
        resume = chunk.snapshot;
        contextMs = chunk.usage.prefillMs;
      }
      if (resume === undefined) throw new Failure("defect", "the model gave no snapshot of what it has read");
      await this.#keep(links.at(-1)!, resume);
    }
    for await (const chunk of this.#model.generate({ ...request, context: [], resume }, call)) {
      yield chunk.type === "end" ? accounted(chunk, found?.value, contextMs) : chunk;
    }
  }

  async #find(links: readonly string[], card: ModelCard): Promise<Found | undefined> {
    const here = this.#cache.longest(links);
    if (here?.links === links.length || this.#shared === undefined) return here;
    // The whole context only: asking for each part would cost a round trip each.
    const link = links.at(-1)!;
    const shared = await this.#shared.get(link).catch(() => undefined);
    if (shared === undefined || shared.weights !== card.weights) return here;
    this.#cache.put(link, shared, shared.blob.size);
    return { links: links.length, value: shared };
  }

  async #keep(link: string, snapshot: ModelSnapshot): Promise<void> {
    this.#cache.put(link, snapshot, snapshot.blob.size);
    await this.#shared?.put(link, snapshot).catch(() => {});
  }
}

/** States that grow with what was read are as large as the context: only fixed ones are cheap to keep and to move. */
const worthKeeping = (card: ModelCard, { context, resume, limits, input }: GenerateRequest): boolean =>
  context.length > 0 &&
  resume === undefined &&
  limits.overflow === "refuse" &&
  // In a conversation the context stands inside the first turn: its beginning depends on what comes before.
  input.type !== "messages" &&
  card.can.snapshot &&
  card.weights !== null &&
  card.state.bytesPerToken === 0 &&
  card.state.fixedBytes <= SNAPSHOT_BYTES;

function readOnly(
  request: GenerateRequest,
  context: GenerateRequest["context"],
  resume: ModelSnapshot | undefined,
): GenerateRequest {
  const { model, sampling, seed, limits } = request;
  return {
    ...{ model, sampling, seed, context, snapshot: true },
    input: { type: "tokens", tokens: [] },
    limits: { ...limits, maxTokens: 0 },
    ...(resume === undefined ? {} : { resume }),
  };
}

type End = Extract<GenerateChunk, { type: "end" }>;

/** What this call read itself is no cached token, though the model went on from a snapshot of it. */
const accounted = (end: End, cached: ModelSnapshot | undefined, contextMs: number): End => ({
  ...end,
  usage: {
    ...end.usage,
    cachedTokens: cached?.tokens ?? 0,
    prefillMs: end.usage.prefillMs + contextMs,
  },
});
