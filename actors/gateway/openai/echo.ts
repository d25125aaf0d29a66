/** `echo` of `/v1/completions`: the prompt before its answer, with the probabilities of its tokens where they are asked for. */
import { NO_USAGE } from "../../../models/answer/numbered.ts";
import { Failure } from "../../../protocol/failure.ts";
import type { GenerateRequest, ModelUsage, ScoreResult } from "../../../protocol/model.ts";
import type { ModelCaller, ModelClient } from "../../model/model-client.ts";
import type { AnswerChunk, EchoChunk } from "./answer-body.ts";

export interface EchoOptions {
  /** The text, where it is no list of tokens. */
  text: string | undefined;
  /** What goes on from the prompt; with `maxTokens` 0 nothing does. */
  request: GenerateRequest;
  models: Pick<ModelClient, "score" | "tokenize">;
  call: ModelCaller;
}

export interface Echo {
  chunk: EchoChunk;
  /** Where the prompt was read for it. */
  usage: ModelUsage | undefined;
}

/** What fits into one message of scores: so many bytes for a position, and for each of its alternatives. */
const MESSAGE_BYTES = 1_000_000;
const [POSITION_BYTES, ALTERNATIVE_BYTES] = [100, 75];
/** Every part costs a prefill of the whole prompt. */
const MOST_PARTS = 16;

/** Fails as the model does, and with `too-large` for a prompt whose probabilities are too many. */
export async function echoOf(options: EchoOptions): Promise<Echo> {
  const { text, request } = options;
  const { logprobs } = request.sampling;
  const { first, scores, usage } = await scoresOf(options, logprobs ?? 0);
  const start = { token: null, ...first, ...nameOfFirst(text, scores), logprob: null, top: [] };
  const named = [start, ...scores];
  return {
    chunk: {
      type: "echo",
      text: text ?? named.map((token) => token.text ?? "\ufffd").join(""),
      ...(logprobs === undefined ? {} : { logprobs: named }),
    },
    usage,
  };
}

/** Of a text, the first token is what the others are not; where all of these are texts, and not parts of characters. */
function nameOfFirst(text: string | undefined, others: ScoreResult["scores"]): { text?: string } {
  if (text === undefined || others.some((token) => token.text === undefined)) return {};
  const length = others.reduce((sum, token) => sum + token.text!.length, 0);
  return { text: text.slice(0, Math.max(0, text.length - length)) };
}

/** The prompt, and then what goes on from it. */
export async function* echoed(
  echo: Promise<Echo>,
  { limits }: GenerateRequest,
  rest: AsyncIterable<AnswerChunk>,
): AsyncGenerator<AnswerChunk, void, undefined> {
  const { chunk, usage } = await echo;
  yield chunk;
  if (limits.maxTokens > 0) yield* rest;
  else yield { type: "end", seq: 0, finishReason: "length", usage: usage ?? NO_USAGE };
}

async function scoresOf(options: EchoOptions, top: number): Promise<ScoreResult> {
  const { request, models, call } = options;
  const { model, context, input } = request;
  const tokens =
    input.type === "tokens"
      ? input.tokens.length
      : (await models.tokenize({ model, context, input }, call)).count;
  const most = Math.floor(MESSAGE_BYTES / (POSITION_BYTES + ALTERNATIVE_BYTES * top));
  if (tokens > most * MOST_PARTS) {
    throw new Failure(
      "too-large",
      "logprobs: the probabilities of so long a prompt are too many for one answer",
      {
        meta: { param: "logprobs", tokens, most: most * MOST_PARTS },
        hint: "Shorten the prompt, or ask for fewer alternatives.",
      },
    );
  }
  // A lone token has no probability.
  if (tokens < 2) return { tokens, scores: [], usage: { ...NO_USAGE, promptTokens: tokens } };
  if (tokens <= most) return await models.score({ model, context, input, top }, call);
  const parts: ScoreResult[] = [];
  for (let [from, end] = [1, tokens]; from < end; from += most) {
    const positions = Array.from({ length: Math.min(most, end - from) }, (_, at) => from + at);
    const part = await models.score({ model, context, input, positions, top }, call);
    parts.push(part);
    // The model may have put a token of its own before the text.
    end = part.tokens;
  }
  return { ...parts[0]!, scores: parts.flatMap(({ scores }) => scores) };
}
