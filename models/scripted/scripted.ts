/** A model for simulation: answers come from a function, time from the clock, probabilities from a seed. Its tokens are bytes. */
import { Failure } from "../../protocol/failure.ts";
import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelId,
  ModelUsage,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { AnswerText } from "../answer/answer-text.ts";
import { NO_USAGE, numbered, type Unnumbered } from "../answer/numbered.ts";
import type { Model, ModelCallOptions, ModelStatus } from "../model.ts";
import { mapReduce } from "../overflow/map-reduce.ts";
import { truncateMiddle } from "../overflow/truncate-middle.ts";
import {
  answerRoom,
  checkAbility,
  checkEmbed,
  checkLength,
  checkModel,
  checkSnapshot,
  checkVocabulary,
  promptRoom,
} from "../request/admit.ts";
import type { ModelCall } from "../request/call.ts";
import { scorePositions } from "../request/positions.ts";
import { type ChatTemplate, embedInputs, readInput, type Segment } from "../request/read-input.ts";
import { Slots } from "../request/slots.ts";
import { tokenList } from "../request/token-list.ts";
import type { Answer, ScriptedBehaviour } from "./behaviour.ts";
import { scriptedCard } from "./card.ts";
import { scriptedEmbedding } from "./embedding.ts";
import { type GreedyOptions, greedyLanguage } from "./greedy.ts";
import { namedByte, scriptedProbabilities } from "./probabilities.ts";

export interface ScriptedOptions {
  clock: Clock;
  blobs: Pick<Blobs, "get" | "put">;
  /** What a good model says to this text. */
  answer: Answer;
  /** Says what its own probabilities find most probable instead, as a model does that is asked greedily. */
  greedy?: GreedyOptions;
  /** Default `scripted`. */
  id?: ModelId;
  /** Default perfect. */
  behaviour?: ScriptedBehaviour;
  /** Stands for the weights: models with the same seed agree on every probability. */
  seed?: number;
  /** In bytes, which are its tokens. Default 16 MiB. */
  contextLength?: number;
  /** Prompt bytes of one step of prefill. Default 65,536. */
  chunkTokens?: number;
  slots?: number;
}

/** Answer bytes of one chunk. */
const PIECE = 16;
const NOISE_NATS = 0.02;
const MOST_BYTES = 256 * 1024 * 1024;

export function createScriptedModel(options: ScriptedOptions): Model {
  const { clock, blobs, id = "scripted", behaviour = { type: "perfect" }, seed = 0 } = options;
  const { contextLength = 16 * 1024 * 1024, chunkTokens = 65_536, slots = 16 } = options;
  const card = scriptedCard({ id, seed, contextLength });
  const noise = behaviour.type === "noisy" ? NOISE_NATS : 0;
  const weights = behaviour.type === "lying" ? ~seed : seed;
  const language = options.greedy === undefined ? undefined : greedyLanguage(weights, options.greedy);
  const probabilities = language ?? scriptedProbabilities(weights, noise);
  const taken = new Slots(clock, slots);
  let status: ModelStatus = "unloaded";

  async function read(request: Pick<GenerateRequest, "context" | "input">, call: ModelCall): Promise<Buffer> {
    const segments = await readInput(request, {
      blobs,
      template: plainTurns,
      maxBytes: MOST_BYTES,
      signal: call.signal,
    });
    for (const part of segments) if (part.type === "tokens") checkVocabulary(card, part.tokens);
    return Buffer.concat(segments.map(bytesOf));
  }

  /** Time passes as the prompt is read; yields how far. */
  async function* prefill(
    from: number,
    total: number,
    call: ModelCall,
  ): AsyncGenerator<number, void, undefined> {
    for (let done = from; done < total; ) {
      const size = Math.min(chunkTokens, total - done);
      if (behaviour.type === "slow") await pause((1_000 * size) / behaviour.prefillTokensPerSecond, call);
      call.check();
      yield (done += size);
    }
  }

  async function pause(delayMs: number, call: ModelCall): Promise<void> {
    await clock.sleep(delayMs, call.signal).catch(() => call.check());
  }

  async function* generate(
    request: GenerateRequest,
    call: ModelCall,
  ): AsyncGenerator<Unnumbered, void, undefined> {
    const { resume, limits, sampling } = request;
    const before =
      resume === undefined ? new Uint8Array() : await blobs.get(resume.blob, { signal: call.signal });
    const asked = await read(request, call);
    const fitted =
      limits.overflow === "truncate-middle"
        ? truncateMiddle(asked, promptRoom(card, limits) - before.length)
        : asked;
    const prompt = Buffer.concat([before, fitted]);
    checkLength(card, limits, prompt.length);
    const began = clock.monotonic();
    for await (const done of prefill(before.length, prompt.length, call)) {
      yield { type: "prefill", done, total: prompt.length };
    }
    const prefillMs = clock.monotonic() - began;
    const room = answerRoom(card, limits, prompt.length);
    const whole =
      language?.continued(prompt, room) ??
      Buffer.from(say(behaviour, options.answer, prompt.toString(), request.seed));
    const answer = whole.subarray(0, room);
    const text = new AnswerText(sampling.stop);
    const all = Buffer.concat([prompt, answer]);
    let given = 0;
    while (given < answer.length && !text.stopped) {
      const piece = answer.subarray(given, given + PIECE);
      if (behaviour.type === "slow") await pause((1_000 * piece.length) / behaviour.tokensPerSecond, call);
      call.check();
      given += piece.length;
      const last = given === answer.length;
      const shown = text.push(piece) + (last ? text.finish() : "");
      const from = prompt.length + given - piece.length;
      const { logprobs: top } = sampling;
      yield {
        type: "tokens",
        tokens: [...piece],
        text: shown,
        ...(top === undefined
          ? {}
          : { logprobs: [...piece].map((_, n) => probabilities.at(all, from + n, top)) }),
      };
    }
    const usage: ModelUsage = {
      ...NO_USAGE,
      promptTokens: prompt.length,
      completionTokens: behaviour.type === "lying" ? 2 * given : given,
      cachedTokens: before.length,
      droppedTokens: asked.length - fitted.length,
      prefillMs,
      decodeMs: clock.monotonic() - began - prefillMs,
    };
    const state = all.subarray(0, prompt.length + given);
    const snapshot = request.snapshot
      ? { blob: await blobs.put(state), tokens: state.length, weights: card.weights ?? "" }
      : undefined;
    const cut = answer.length < whole.length || language !== undefined;
    const finishReason = cut && !text.stopped ? "length" : "stop";
    yield { type: "end", finishReason, usage, ...(snapshot === undefined ? {} : { snapshot }) };
  }

  function checkWilling(model: ModelId): void {
    checkModel(card, model);
    if (behaviour.type === "refusing") {
      throw new Failure("refused", "this scripted model refuses everything", { meta: { model: id } });
    }
  }

  function admit({ model, input, resume }: Pick<GenerateRequest, "model" | "input" | "resume">): void {
    checkWilling(model);
    if (input.type === "messages" && (input.tools !== undefined || input.responseFormat !== undefined)) {
      checkAbility(card, "tools");
    }
    if (resume !== undefined) checkSnapshot(card, resume);
  }

  async function withCall<T>(
    callOptions: ModelCallOptions | undefined,
    work: (call: ModelCall) => Promise<T>,
  ): Promise<T> {
    const call = taken.take(callOptions);
    try {
      return await work(call);
    } finally {
      taken.free(call);
    }
  }

  const model: Model = {
    get status() {
      return status;
    },
    slots,
    card: async () => card,
    async load() {
      status = "ready";
    },
    async *generate(request, callOptions): AsyncGenerator<GenerateChunk, void, undefined> {
      if (request.limits.overflow === "map-reduce") {
        return yield* mapReduce(model, request, { ...callOptions, blobs });
      }
      admit(request);
      const call = taken.take(callOptions);
      status = "ready";
      try {
        let seq = 0;
        for await (const chunk of generate(request, call)) {
          if (behaviour.type === "crashing" && seq >= behaviour.afterChunks) {
            status = "failed";
            throw crashed(seq);
          }
          yield numbered(chunk, seq++);
          call.check();
        }
      } finally {
        taken.free(call);
      }
    },
    score: (request: ScoreRequest, callOptions): Promise<ScoreResult> =>
      withCall(callOptions, async (call) => {
        admit(request);
        const text = await read(request, call);
        checkLength(card, { maxTokens: 1, overflow: "refuse" }, text.length);
        const positions = scorePositions(request, text.length);
        const began = clock.monotonic();
        for await (const _ of prefill(0, text.length, call));
        const scores = positions.map((position) => ({
          position,
          ...probabilities.at(text, position, request.top),
        }));
        const prefillMs = clock.monotonic() - began;
        const [token] = text;
        const first = token === undefined ? {} : { first: namedByte(token) };
        return {
          tokens: text.length,
          ...first,
          scores,
          usage: { ...NO_USAGE, promptTokens: text.length, prefillMs },
        };
      }),
    embed: (request: EmbedRequest, callOptions): Promise<EmbedResult> =>
      withCall(callOptions, async (call) => {
        checkWilling(request.model);
        checkEmbed(card, request);
        const texts = await Promise.all(embedInputs(request).map((input) => read(input, call)));
        for (const [at, { length }] of texts.entries()) {
          if (length === 0) throw new Failure("malformed", `input ${at} is empty`);
          checkLength(card, { maxTokens: 0, overflow: "refuse" }, length);
        }
        if (behaviour.type === "crashing") throw crashed(0);
        const began = clock.monotonic();
        const promptTokens = texts.reduce((sum, { length }) => sum + length, 0);
        for await (const _ of prefill(0, promptTokens, call));
        const space = behaviour.type === "lying" ? ~seed : seed;
        const vectors = texts.map((text) => scriptedEmbedding(text.toString(), space, request.dimensions));
        return { vectors, usage: { ...NO_USAGE, promptTokens, prefillMs: clock.monotonic() - began } };
      }),
    tokenize: (request: TokenizeRequest, callOptions): Promise<TokenizeResult> =>
      withCall(callOptions, async (call) => {
        checkModel(card, request.model);
        return await tokenList(Uint32Array.from(await read(request, call)), blobs);
      }),
    async unload() {
      status = "unloaded";
      taken.stopAll(new Failure("cancelled", "the model is being unloaded"));
    },
  };
  return model;
}

const crashed = (afterChunks: number): Failure =>
  new Failure("unavailable", "the scripted model crashed", { meta: { afterChunks } });

/** A conversation as lines of `role: text`. */
const plainTurns: ChatTemplate = (turns) => [
  ...turns.flatMap(({ role, parts }): Segment[] => [
    { type: "text", text: `${role}: `, special: true },
    ...parts,
    { type: "text", text: "\n", special: true },
  ]),
  { type: "text", text: "assistant: ", special: true },
];

const bytesOf = (segment: Segment): Uint8Array =>
  segment.type === "text" ? Buffer.from(segment.text) : Uint8Array.from(segment.tokens);

function say(behaviour: ScriptedBehaviour, answer: Answer, text: string, seed: number): string {
  if (behaviour.type === "lying") return behaviour.answer(text);
  if (behaviour.type !== "noisy") return answer(text);
  const rng = createSeededRng(new Bun.CryptoHasher("sha256").update(`${seed} ${text}`).digest("hex"));
  return answer(text).replace(/\S+/g, (word) =>
    rng.next() < behaviour.rate ? [...word].reverse().join("") : word,
  );
}
