/**
 * One model, many callers: admits what fits, gives turns in fair shares, reads no context twice, loads and unloads the
 * model, and brings it back after a crash.
 */
import { INLINE_LIMIT } from "../../protocol/blob.ts";
import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelCard,
  ModelInput,
  ModelSnapshot,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../../protocol/model.ts";
import type { Clock, Timer } from "../../runtime/ports/clock.ts";
import { type Begun, opened } from "../answer/opened.ts";
import { watched } from "../answer/watched.ts";
import type { Model, ModelCallOptions, ModelStatus } from "../model.ts";
import { checkEmbed, checkLength, checkModel, stateBytes } from "../request/admit.ts";
import { embedInputs } from "../request/read-input.ts";
import { Contexts, type SharedSnapshots } from "./contexts.ts";
import { Loading } from "./loading.ts";
import { Turns } from "./turns.ts";

export interface SchedulerOptions {
  model: Model;
  clock: Clock;
  /** Requests that may wait, of all callers and of one. Default 256 and 64. */
  waiting?: number;
  perCaller?: number;
  /** Memory for the states of running requests, in bytes. Default 4 GiB. */
  memoryBytes?: number;
  /** Unload after this long without work, in milliseconds. Default: never. */
  idleMs?: number;
  /** Snapshots of contexts that other actors have read, and that they may take from here. */
  shared?: SharedSnapshots;
}

export interface ScheduledCall extends ModelCallOptions {
  /** Whose share of the model it is: a user of the front, a node. */
  caller: string;
}

export interface SchedulerLoad {
  status: ModelStatus;
  slots: number;
  running: number;
  waiting: number;
  /** Share of the memory for states that running requests take, 0 to 1. */
  memoryUsage: number;
}

export interface Scheduler {
  card(): Promise<ModelCard>;
  load(): SchedulerLoad;
  /** Loads the model now, so that the first caller need not wait. */
  warmUp(options?: Parameters<Model["load"]>[0]): Promise<void>;
  generate(request: GenerateRequest, call: ScheduledCall): AsyncIterable<GenerateChunk>;
  score(request: ScoreRequest, call: ScheduledCall): Promise<ScoreResult>;
  embed(request: EmbedRequest, call: ScheduledCall): Promise<EmbedResult>;
  tokenize(request: TokenizeRequest, call: ScheduledCall): Promise<TokenizeResult>;
  close(): Promise<void>;
}

const GIB = 1024 ** 3;
/** Of English text. Only shares and memory are estimated by it; the model itself counts. */
const BYTES_PER_TOKEN = 4;

export function createScheduler(options: SchedulerOptions): Scheduler {
  const { model, clock, waiting = 256, perCaller = 64, memoryBytes = 4 * GIB, idleMs } = options;
  const turns = new Turns({ clock, slots: model.slots, waiting, perCaller, memoryBytes });
  const loading = new Loading(model, clock);
  const contexts = new Contexts(model, options.shared);
  let usedAt = clock.monotonic();
  const idle: Timer | undefined =
    idleMs === undefined ? undefined : clock.every(Math.max(10, idleMs / 4), () => unloadIdle(idleMs));

  function unloadIdle(limitMs: number): void {
    const busy = turns.running + turns.waiting > 0;
    if (busy || model.status !== "ready" || clock.monotonic() - usedAt < limitMs) return;
    // The next caller loads it again; a failure to let go shows there.
    void model.unload().catch(() => {});
  }

  /** A turn with the model loaded, for as long as `work` lasts. */
  async function withTurn<T>(
    call: ScheduledCall,
    { tokens, longest = tokens }: { tokens: number; longest?: number },
    work: () => Promise<T>,
  ): Promise<T> {
    const card = await model.card();
    const bytes = stateBytes(card, Math.min(longest, card.contextLength));
    const end = await turns.begin({ ...call, cost: Math.max(1, tokens), memoryBytes: bytes });
    try {
      await loading.ensure(call);
      return await work();
    } finally {
      usedAt = clock.monotonic();
      end();
    }
  }

  async function begin(request: GenerateRequest, call: ScheduledCall): Promise<Begun> {
    const card = await model.card();
    checkModel(card, request.model);
    checkLength(card, request.limits, 0);
    const tokens = tokensIn(request) + request.limits.maxTokens;
    const bytes = stateBytes(card, Math.min(tokens, card.contextLength));
    const end = await turns.begin({ ...call, cost: Math.max(1, tokens), memoryBytes: bytes });
    const over = (): void => {
      usedAt = clock.monotonic();
      end();
    };
    try {
      await loading.ensure(call);
      const own = { ...call, space: spaceOf(request, call) };
      const rest = watched(await contexts.generate(request, own), { over });
      return { first: await rest.next(), rest };
    } catch (thrown) {
      over();
      throw thrown;
    }
  }

  return {
    card: () => model.card(),
    load() {
      return {
        status: model.status,
        slots: model.slots,
        running: turns.running,
        waiting: turns.waiting,
        memoryUsage: turns.memoryUsage,
      };
    },
    warmUp: (loadOptions) => model.load(loadOptions),
    generate: (request, call) => opened(() => begin(request, call)),
    score: (request, call) => withTurn(call, { tokens: tokensIn(request) }, () => model.score(request, call)),
    async embed(request, call) {
      const card = await model.card();
      checkModel(card, request.model);
      checkEmbed(card, request);
      const each = embedInputs(request).map(({ input }) => inputTokens(input));
      const size = { tokens: each.reduce((sum, tokens) => sum + tokens), longest: Math.max(...each) };
      return withTurn(call, size, () => model.embed!(request, call));
    },
    tokenize: (request, call) =>
      withTurn(call, { tokens: tokensIn(request) }, () => model.tokenize(request, call)),
    async close() {
      idle?.cancel();
      await model.unload();
    },
  };
}

/** What one caller has read tells no other what it was, not even by an answer that comes sooner. Who has a salt may share it. */
const spaceOf = ({ cacheSalt }: GenerateRequest, { caller }: ScheduledCall): string =>
  cacheSalt === undefined ? `caller ${caller}` : `salt ${cacheSalt}`;

interface Sized {
  context: GenerateRequest["context"];
  input: ModelInput;
  resume?: ModelSnapshot | undefined;
}

/** Estimated: nothing is read before its turn. */
function tokensIn({ context, input, resume }: Sized): number {
  const before = context.reduce((sum, { size }) => sum + Math.ceil(size / BYTES_PER_TOKEN), 0);
  return before + inputTokens(input) + (resume?.tokens ?? 0);
}

function inputTokens(input: ModelInput): number {
  if (input.type === "tokens") return input.tokens.length;
  const contents = input.type === "prompt" ? [input.prompt] : input.messages.map(({ content }) => content);
  return contents.flat().reduce((sum, part) => {
    if (part.type === "text") return sum + Math.ceil(part.text.length / BYTES_PER_TOKEN);
    return (
      sum +
      Math.ceil(
        Math.min(part.blob.size, part.type === "text-ref" ? Infinity : INLINE_LIMIT) / BYTES_PER_TOKEN,
      )
    );
  }, 0);
}
