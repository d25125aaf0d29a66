/**
 * A context that is longer than a model can read, in parts: the question is asked of each part, then of the answers, until
 * they fit. What is lost between parts is lost; usage tells how many passes were made.
 */
import { Failure } from "../../protocol/failure.ts";
import {
  type GenerateChunk,
  type GenerateRequest,
  type ModelUsage,
  TOKENS_MEDIA_TYPE,
} from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { NO_USAGE, numbered } from "../answer/numbered.ts";
import type { Model, ModelCallOptions } from "../model.ts";
import { promptRoom } from "../request/admit.ts";

export interface MapReduceOptions extends ModelCallOptions {
  blobs: Pick<Blobs, "get" | "put">;
}

/** Rounds of asking the answers again; each makes the text many times shorter. */
const MOST_ROUNDS = 4;
/** Tokens that one answer about a part may have, and the share of the room that it may take. */
const NOTE_TOKENS = 256;
const NOTE_SHARE = 1 / 4;
/** Markers of a chat format that come with every part. */
const SPARE_TOKENS = 64;

/**
 * As `generate`, for a request whose `context` may be of any length. Fails with `refused` when there is no context to divide,
 * and `too-large` when the question alone leaves no room or the answers never fit.
 */
export async function* mapReduce(
  model: Model,
  request: GenerateRequest,
  { blobs, ...call }: MapReduceOptions,
): AsyncGenerator<GenerateChunk, void, undefined> {
  const card = await model.card();
  const plain: GenerateRequest = { ...request, limits: { ...request.limits, overflow: "refuse" } };
  const room = promptRoom(card, request.limits);
  const noteTokens = Math.max(1, Math.min(NOTE_TOKENS, Math.floor(room * NOTE_SHARE)));
  let context = request.context;
  let spent: ModelUsage = { ...NO_USAGE, passes: 0 };
  let seq = 0;
  for (let round = 0; ; round++) {
    const { count } = await model.tokenize({ model: card.id, context, input: request.input }, call);
    if (count <= room) break;
    checkDivisible(request, round, count);
    const parts = await divide(model, { ...plain, context }, { ...call, blobs, room, noteTokens });
    const notes: string[] = [];
    for (const [n, part] of parts.entries()) {
      const asked = { ...plain, context: [part], limits: { ...plain.limits, maxTokens: noteTokens } };
      let note = "";
      for await (const chunk of model.generate(asked, call)) {
        if (chunk.type === "tokens") note += chunk.text;
        if (chunk.type === "end") spent = sum(spent, chunk.usage);
      }
      notes.push(note.trim());
      yield numbered({ type: "prefill", done: n + 1, total: parts.length }, seq++);
    }
    context = [await blobs.put(notes.join("\n\n"))];
  }
  for await (const chunk of model.generate({ ...plain, context }, call)) {
    yield { ...chunk, seq: seq++, ...(chunk.type === "end" ? { usage: sum(spent, chunk.usage) } : {}) };
  }
}

function checkDivisible({ context, resume }: GenerateRequest, round: number, tokens: number): void {
  if (context.length === 0 || resume !== undefined) {
    throw new Failure("refused", "map-reduce divides the context, and this request has none that it could", {
      hint: "Send the long text as context blobs, and the question as the input.",
    });
  }
  if (round < MOST_ROUNDS) return;
  throw new Failure("too-large", "the answers about the parts do not get short enough", {
    meta: { rounds: round, tokens },
    hint: "Ask for less, or choose a model with a longer context.",
  });
}

/** The context in parts that fit beside the question and an answer, as blobs of tokens. */
async function divide(
  model: Model,
  { context, input, model: id }: GenerateRequest,
  { blobs, room, noteTokens, ...call }: MapReduceOptions & { room: number; noteTokens: number },
): Promise<GenerateRequest["context"]> {
  const none = { type: "tokens" as const, tokens: [] };
  const tokens = await tokensOf(await model.tokenize({ model: id, context, input: none }, call), blobs);
  const question = await model.tokenize({ model: id, context: [], input }, call);
  const size = room - question.count - noteTokens - SPARE_TOKENS;
  if (size < noteTokens) {
    throw new Failure("too-large", "the question leaves no room for parts of the context", {
      meta: { question: question.count, room },
      hint: "Shorten the question, or ask for fewer tokens.",
    });
  }
  const parts: GenerateRequest["context"] = [];
  for (let at = 0; at < tokens.length; at += size) {
    const part = tokens.slice(at, at + size);
    parts.push(await blobs.put(new Uint8Array(part.buffer), { mediaType: TOKENS_MEDIA_TYPE }));
  }
  return parts;
}

async function tokensOf(
  { tokens }: Awaited<ReturnType<Model["tokenize"]>>,
  blobs: Pick<Blobs, "get">,
): Promise<Uint32Array> {
  if (tokens.type === "inline") return Uint32Array.from(tokens.tokens);
  return new Uint32Array(new Uint8Array(await blobs.get(tokens.blob)).buffer);
}

const sum = (a: ModelUsage, b: ModelUsage): ModelUsage => ({
  promptTokens: a.promptTokens + b.promptTokens,
  completionTokens: a.completionTokens + b.completionTokens,
  cachedTokens: a.cachedTokens + b.cachedTokens,
  droppedTokens: a.droppedTokens + b.droppedTokens,
  passes: a.passes + b.passes,
  prefillMs: a.prefillMs + b.prefillMs,
  decodeMs: a.decodeMs + b.decodeMs,
});
