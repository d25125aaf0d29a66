/** A model behind an OpenAI-compatible server: vLLM, SGLang, llama.cpp, or a hosted one. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelId,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { NO_USAGE, numbered } from "../answer/numbered.ts";
import { unitVector } from "../answer/unit-vector.ts";
import type { Model, ModelCallOptions, ModelStatus } from "../model.ts";
import { checkAbility, checkEmbed, checkLength, checkModel } from "../request/admit.ts";
import type { ModelCall } from "../request/call.ts";
import { scorePositions } from "../request/positions.ts";
import { embedInputs, type ReadParts, readParts } from "../request/read-input.ts";
import { Slots } from "../request/slots.ts";
import { tokenList } from "../request/token-list.ts";
import { answerOf } from "./answer.ts";
import { type ServedModel, servedCard } from "./card.ts";
import { DIALECTS, type Dialect } from "./dialect.ts";
import { PromptLogprobs, scoresOf } from "./prompt-logprobs.ts";
import { openAiBody, promptOf } from "./request-body.ts";
import { misbehaved, Server, type ServerOptions } from "./server.ts";

export interface OpenAiOptions extends ServerOptions {
  blobs: Pick<Blobs, "get" | "put">;
  dialect: Dialect;
  /** What the operator knows of the model: id and context length at least. */
  model: ServedModel;
  /** Its name on that server. Default the id. */
  servedAs?: string;
  /** It makes embeddings. Default false. */
  embed?: boolean;
  /** Answers at the same time. Default 16. */
  slots?: number;
}

const MIB = 1024 * 1024;
/** Of text for each token of context: more cannot fit, whatever the language. */
const BYTES_PER_TOKEN = 32;
const LIST_BYTES = 4 * MIB;
const VERSION_BYTES = 4_096;
const SHOWN_MODELS = 10;
/** By so much the numbers of parameters of one model may differ, as told by two. */
const OTHER_MODEL = 1.5;

const Size = z.number().positive().nullish().catch(undefined);
/** vLLM and SGLang tell `max_model_len`, llama.cpp has a `meta`. */
const Listed = z.object({
  data: z
    .array(
      z.object({
        id: z.string().max(512),
        max_model_len: Size,
        meta: z.object({ n_ctx: Size, n_params: Size }).nullish().catch(undefined),
      }),
    )
    .max(10_000),
});
const Version = z.object({ version: z.string().min(1).max(64) });
const Tokenized = z.object({ tokens: z.array(z.number().int().min(0).max(0xffff_fffe)) });
const Embedded = z.object({
  data: z.array(
    z.object({ index: z.number().int().nonnegative(), embedding: z.array(z.number()).max(65_536) }),
  ),
  usage: z.object({ prompt_tokens: z.number().int().nonnegative() }),
});

/** Lengths are the server's to judge: it alone has the tokenizer. What it finds too long fails with `too-large`. */
export function createOpenAiModel(options: OpenAiOptions): Model {
  const { clock, blobs, dialect, embed = false } = options;
  let card = servedCard(options.model, { dialect, embed });
  const served = options.servedAs ?? card.id;
  const server = new Server(options);
  const taken = new Slots(clock, options.slots ?? 16);
  let status: ModelStatus = "unloaded";

  /** The server is there and knows the model. */
  async function find(call: ModelCall): Promise<void> {
    if (status === "ready") return;
    status = "loading";
    try {
      const list = parsed(Listed, await server.json("models", undefined, LIST_BYTES, call));
      const names = list.data.map(({ id }) => id);
      const told = list.data.find(({ id }) => id === served);
      checkContext(told?.max_model_len ?? told?.meta?.n_ctx ?? undefined);
      checkParameters(told?.meta?.n_params ?? undefined);
      if (!names.includes(served)) {
        throw new Failure("not-found", "the model server does not serve that model", {
          meta: { model: served, serves: names.slice(0, SHOWN_MODELS).join(", ") },
          hint: "Give its name on that server.",
        });
      }
      await learnVersion(call);
      status = "ready";
    } catch (thrown) {
      status = "failed";
      throw thrown;
    }
  }

  /** Into the card, which goes into evidence. A proxy before the server may keep it to itself. */
  async function learnVersion(call: ModelCall): Promise<void> {
    const path = DIALECTS[dialect].version;
    if (path === undefined) return;
    const told = Version.safeParse(
      await server.json(`../${path}`, undefined, VERSION_BYTES, call).catch(() => call.check()),
    );
    if (told.success) card = { ...card, versions: { ...card.versions, [dialect]: told.data.version } };
  }

  /** Another model under the same name. Makers round, and count embeddings or leave them out. */
  function checkParameters(told: number | undefined): void {
    const said = card.parameters ?? undefined;
    if (told === undefined || said === undefined || Math.max(told / said, said / told) < OTHER_MODEL) return;
    throw new Failure("config", "the model server has a model of another size than the card says", {
      meta: { model: served, server: told, card: said },
      hint: "Serve the model of the card there, or correct the card.",
    });
  }

  /** Servers say how much they were started to read: less than the card promises would show only in refusals. */
  function checkContext(told: number | undefined): void {
    if (told === undefined || told >= card.contextLength) return;
    throw new Failure("config", "the model server reads fewer tokens than the model's card says", {
      meta: { model: served, server: told, card: card.contextLength },
      hint: "Start it with a larger --max-model-len (llama.cpp: --ctx-size, shared by its slots), or write its own figure into contextLength.",
    });
  }

  const read = (request: Parameters<typeof readParts>[0], call: ModelCall): Promise<ReadParts> =>
    readParts(request, { blobs, maxBytes: card.contextLength * BYTES_PER_TOKEN, signal: call.signal });

  async function withCall<T>(
    model: ModelId,
    callOptions: ModelCallOptions | undefined,
    work: (call: ModelCall) => Promise<T>,
  ): Promise<T> {
    checkModel(card, model);
    const call = taken.take(callOptions);
    try {
      await find(call);
      return await work(call);
    } finally {
      taken.free(call);
    }
  }

  /** Of a prompt, where the server counts for us; what it is not asked it judges by itself, before it reads. */
  async function checkTokens({ limits }: GenerateRequest, parts: ReadParts, call: ModelCall): Promise<void> {
    checkLength(card, limits, 1);
    if (limits.maxPromptTokens === undefined) return;
    if (parts.type === "turns" || DIALECTS[dialect].tokenize === undefined) {
      throw new Failure("refused", "the tokens of this input cannot be counted before the server reads it", {
        hint: "Leave limits.maxPromptTokens out, or send a prompt to a server that tokenizes.",
      });
    }
    checkLength(card, limits, (await tokensOf(promptOf(parts.segments, dialect), call)).length);
  }

  async function tokensOf(prompt: string | number[], call: ModelCall): Promise<number[]> {
    const rules = DIALECTS[dialect].tokenize;
    if (typeof prompt !== "string") return prompt;
    if (rules === undefined) {
      throw new Failure("refused", "this model server does not tokenize for others", {
        hint: "Name the server's kind, if it is another one.",
      });
    }
    const body = { model: served, [rules.text]: prompt, add_special_tokens: false, add_special: false };
    return parsed(Tokenized, await server.json(`../${rules.path}`, body, 64 * MIB, call)).tokens;
  }

  async function score(request: ScoreRequest, call: ModelCall): Promise<ScoreResult> {
    const parts = await read(request, call);
    if (parts.type === "turns") {
      throw new Failure(
        "refused",
        "a conversation behind a server cannot be scored: only it knows the template",
        {
          hint: "Score a prompt or tokens.",
        },
      );
    }
    const body = {
      model: served,
      prompt: promptOf(parts.segments, dialect),
      max_tokens: 1,
      temperature: 0,
      // One more than asked for: with none, vLLM tells nothing at all.
      prompt_logprobs: Math.max(1, request.top),
      return_token_ids: true,
    };
    const began = clock.monotonic();
    const told = parsed(PromptLogprobs, await server.json("completions", body, 256 * MIB, call));
    const { prompt_logprobs: positions, prompt_token_ids: ids } = told.choices[0]!;
    const tokens = positions.length;
    return {
      tokens,
      ...(ids?.[0] === undefined ? {} : { first: { token: ids[0] } }),
      scores: scoresOf(told, scorePositions(request, tokens), request.top),
      usage: { ...NO_USAGE, promptTokens: told.usage.prompt_tokens, prefillMs: clock.monotonic() - began },
    };
  }

  async function tokenize(request: TokenizeRequest, call: ModelCall): Promise<TokenizeResult> {
    const parts = await read(request, call);
    if (parts.type === "turns") {
      throw new Failure(
        "refused",
        "a conversation behind a server cannot be tokenized: only it knows the template",
        {
          hint: "Tokenize a prompt.",
        },
      );
    }
    return await tokenList(Uint32Array.from(await tokensOf(promptOf(parts.segments, dialect), call)), blobs);
  }

  async function embedAll(request: EmbedRequest, call: ModelCall): Promise<EmbedResult> {
    checkEmbed(card, request);
    const input: (string | number[])[] = [];
    for (const each of embedInputs(request)) {
      const parts = await read(each, call);
      if (parts.type === "prompt") input.push(promptOf(parts.segments, dialect));
    }
    if (new Set(input.map((each) => typeof each)).size > 1) {
      throw new Failure("refused", "a server embeds texts or tokens in one request, not both", {
        hint: "Send them one after the other.",
      });
    }
    const { dimensions } = request;
    const body = {
      ...{ model: served, input, encoding_format: "float" },
      ...(dimensions === undefined ? {} : { dimensions }),
    };
    const { data, usage } = parsed(Embedded, await server.json("embeddings", body, 256 * MIB, call));
    const vectors = data.toSorted((a, b) => a.index - b.index).map(({ embedding }) => unitVector(embedding));
    if (vectors.length !== input.length)
      throw misbehaved("it gives another number of vectors than it was asked for");
    return { vectors, usage: { ...NO_USAGE, promptTokens: usage.prompt_tokens } };
  }

  return {
    get status() {
      return status;
    },
    slots: options.slots ?? 16,
    card: async () => card,
    load: ({ signal } = {}) => withCall(card.id, { signal }, async () => {}),
    async *generate(request, callOptions): AsyncGenerator<GenerateChunk, void, undefined> {
      checkModel(card, request.model);
      // To read without answering is of use for a snapshot only.
      if (request.resume !== undefined || request.snapshot || request.limits.maxTokens === 0)
        checkAbility(card, "snapshot");
      if (request.limits.overflow !== "refuse") {
        throw new Failure("refused", "only a model with a tokenizer here can cut or split an input", {
          hint: "Leave limits.overflow at refuse.",
        });
      }
      if (request.limits.memoryBytes !== undefined) {
        throw new Failure("refused", "the memory of somebody else's server cannot be limited from here", {
          hint: "Leave limits.memoryBytes out; limits.maxPromptTokens bounds the work.",
        });
      }
      const call = taken.take(callOptions);
      try {
        await find(call);
        const parts = await read(request, call);
        await checkTokens(request, parts, call);
        const { path, body } = openAiBody(request, parts, { served, dialect, space: callOptions?.space });
        const answer = await server.ask(path, body, call);
        let seq = 0;
        for await (const chunk of answerOf(answer, {
          clock,
          logprobs: request.sampling.logprobs,
          contextLength: card.contextLength,
        })) {
          yield numbered(chunk, seq++);
          call.check();
        }
      } finally {
        taken.free(call);
      }
    },
    score(request, callOptions) {
      checkAbility(card, "score");
      return withCall(request.model, callOptions, (call) => score(request, call));
    },
    ...(embed
      ? {
          embed: (request: EmbedRequest, callOptions?: ModelCallOptions) =>
            withCall(request.model, callOptions, (call) => embedAll(request, call)),
        }
      : {}),
    tokenize: (request, callOptions) =>
      withCall(request.model, callOptions, (call) => tokenize(request, call)),
    async unload() {
      status = "unloaded";
      taken.stopAll(new Failure("cancelled", "the model is being unloaded"));
    },
  };
}

function parsed<S extends z.ZodType>(schema: S, answer: unknown): z.output<S> {
  const result = schema.safeParse(answer);
  if (result.success) return result.data;
  throw misbehaved("its answer is not what the API says", {
    problem: z.prettifyError(result.error).slice(0, 300),
  });
}
