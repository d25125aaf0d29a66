/** A model whose graph runs in a process of its own, behind the contract of every model. */
import { Failure } from "../../protocol/failure.ts";
import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { inOrder } from "../answer/in-order.ts";
import type { Model, ModelCallOptions } from "../model.ts";
import { mapReduce } from "../overflow/map-reduce.ts";
import { checkAbility, checkEmbed, checkModel, checkSnapshot } from "../request/admit.ts";
import type { ModelCall } from "../request/call.ts";
import { type ChatTemplate, embedInputs, readInput, type Segment } from "../request/read-input.ts";
import { Slots } from "../request/slots.ts";
import { tokenList } from "../request/token-list.ts";
import { chatTemplate } from "../tokenizer/chat-format.ts";
import { type Asked, ask } from "./ask.ts";
import { Keeper, type KeeperOptions, type Running } from "./keeper.ts";
import { datedLine, isDated, type Manifest, readManifest, verifyFiles } from "./manifest.ts";

export interface OnnxOptions extends Omit<KeeperOptions, "slots" | "stateBytes"> {
  clock: Clock;
  blobs: Pick<Blobs, "get" | "put">;
  /** Answers at the same time. Default 4. */
  slots?: number;
  /** Memory of all their states together. Default 2 GiB. */
  stateBytes?: number;
}

const DEFAULT_STATE_BYTES = 2 * 1024 ** 3;

/** Fails with `not-found` or `corrupt` when the folder holds no model. */
export async function openOnnxModel(options: OnnxOptions): Promise<Model> {
  const manifest = await readManifest(options.folder);
  if (isDated(manifest)) options.onNotice?.(datedLine(manifest));
  return new OnnxModel(options, manifest);
}

class OnnxModel implements Model {
  readonly slots: number;
  readonly #options: OnnxOptions;
  readonly #manifest: Manifest;
  readonly #keeper: Keeper;
  readonly #taken: Slots;
  readonly #template: ChatTemplate;
  #verified: Promise<void> | undefined;

  constructor(options: OnnxOptions, manifest: Manifest) {
    this.#options = options;
    this.#manifest = manifest;
    this.slots = options.slots ?? 4;
    this.#taken = new Slots(options.clock, this.slots);
    this.#keeper = new Keeper({
      ...options,
      slots: this.slots,
      stateBytes: options.stateBytes ?? DEFAULT_STATE_BYTES,
    });
    this.#template = manifest.chat === null ? noTemplate : chatTemplate(manifest.chat);
  }

  get status() {
    return this.#keeper.status;
  }

  async card() {
    return (await this.#start()).card;
  }

  async load({ signal, onProgress }: Parameters<Model["load"]>[0] = {}): Promise<void> {
    onProgress?.({ label: "checking the model's files", fraction: 0 });
    await this.#verify();
    onProgress?.({ label: "loading the model", fraction: 0.5 });
    await this.#start(signal);
    onProgress?.({ label: "loading the model", fraction: 1 });
  }

  async *generate(
    request: GenerateRequest,
    callOptions?: ModelCallOptions,
  ): AsyncGenerator<GenerateChunk, void, undefined> {
    if (request.limits.overflow === "map-reduce") {
      return yield* mapReduce(this, request, { ...callOptions, blobs: this.#options.blobs });
    }
    const call = this.#taken.take(callOptions);
    try {
      const running = await this.#begin(request, call);
      const { input, resume } = request;
      if (input.type === "messages" && (input.tools !== undefined || input.responseFormat !== undefined)) {
        checkAbility(running.card, "tools");
      }
      if (resume !== undefined) checkSnapshot(running.card, resume);
      const { blobs } = this.#options;
      const state = resume && { bytes: await blobs.get(resume.blob, call), tokens: resume.tokens };
      const { sampling, limits, seed, snapshot } = request;
      const whole = limits.overflow === "refuse";
      const segments = await this.#segments(request, call, whole ? running : undefined);
      const space = callOptions?.space ?? "";
      const work = {
        ...{ type: "generate" as const, segments, sampling, limits, seed, snapshot, space },
        resume: state,
      };
      yield* inOrder(this.#chunks(ask(running.process, work, call), running));
    } finally {
      this.#taken.free(call);
    }
  }

  async score(request: ScoreRequest, callOptions?: ModelCallOptions): Promise<ScoreResult> {
    return await this.#once(request, callOptions, async (running, segments, call) => {
      checkAbility(running.card, "score");
      const { positions, top } = request;
      for await (const { report } of ask(
        running.process,
        { type: "score", segments, positions, top },
        call,
      )) {
        if (report.type === "scored") return report.result;
      }
      throw unexpected();
    });
  }

  async embed(request: EmbedRequest, callOptions?: ModelCallOptions): Promise<EmbedResult> {
    const call = this.#taken.take(callOptions);
    try {
      const running = await this.#begin(request, call);
      checkEmbed(running.card, request);
      const inputs = await Promise.all(
        embedInputs(request).map((input) => this.#segments(input, call, running)),
      );
      const { dimensions } = request;
      for await (const { report } of ask(running.process, { type: "embed", inputs, dimensions }, call)) {
        if (report.type === "embedded") return report.result;
      }
      throw unexpected();
    } finally {
      this.#taken.free(call);
    }
  }

  async tokenize(request: TokenizeRequest, callOptions?: ModelCallOptions): Promise<TokenizeResult> {
    return await this.#once(request, callOptions, async (running, segments, call) => {
      for await (const { report } of ask(running.process, { type: "tokenize", segments }, call)) {
        if (report.type === "tokenized") return await tokenList(report.tokens, this.#options.blobs);
      }
      throw unexpected();
    });
  }

  async unload(): Promise<void> {
    this.#taken.stopAll(new Failure("cancelled", "the model is being unloaded"));
    await this.#keeper.stop();
  }

  async #once<Request extends ScoreRequest | TokenizeRequest, Result>(
    request: Request,
    callOptions: ModelCallOptions | undefined,
    work: (running: Running, segments: Segment[], call: ModelCall) => Promise<Result>,
  ): Promise<Result> {
    const call = this.#taken.take(callOptions);
    try {
      const running = await this.#begin(request, call);
      return await work(running, await this.#segments(request, call), call);
    } finally {
      this.#taken.free(call);
    }
  }

  async #begin({ model }: Pick<GenerateRequest, "model">, call: ModelCall): Promise<Running> {
    const running = await this.#start(call.signal);
    checkModel(running.card, model);
    return running;
  }

  /** Digests are checked once: what is loaded later is what was loaded before, or the load fails by itself. */
  async #start(signal?: AbortSignal): Promise<Running> {
    if (this.#keeper.running !== undefined) return this.#keeper.running;
    await this.#verify();
    return await this.#keeper.start(signal);
  }

  #verify(): Promise<void> {
    this.#verified ??= verifyFiles(this.#options.folder, this.#manifest).catch((thrown) => {
      this.#verified = undefined;
      throw thrown;
    });
    return this.#verified;
  }

  #segments(
    request: Pick<GenerateRequest, "context" | "input">,
    { signal }: ModelCall,
    whole?: Running,
  ): Promise<Segment[]> {
    const { blobs } = this.#options;
    // No text above this fits, whatever its words; one that will be cut or read in parts may be longer.
    const fits = (whole?.longestToken ?? MOST_BYTES) * this.#manifest.contextLength;
    const maxBytes = Math.min(fits, MOST_BYTES);
    return readInput(request, { blobs, template: this.#template, maxBytes, signal });
  }

  async *#chunks(
    asked: AsyncIterable<Asked>,
    { card }: Running,
  ): AsyncGenerator<GenerateChunk, void, undefined> {
    for await (const { report, credit } of asked) {
      if (report.type !== "chunk") throw unexpected();
      const { chunk, state } = report;
      if (chunk.type !== "end" || state === undefined) yield chunk;
      else {
        const blob = await this.#options.blobs.put(state.bytes);
        yield { ...chunk, snapshot: { blob, tokens: state.tokens, weights: card.weights ?? "" } };
      }
      credit();
    }
  }
}

const MOST_BYTES = 256 * 1024 * 1024;

const unexpected = (): Failure =>
  new Failure("unavailable", "the model's process answered something else than it was asked");

const noTemplate: ChatTemplate = () => {
  throw new Failure("refused", "this model has no chat format that is known here", {
    hint: "Send a prompt instead of messages.",
  });
};
