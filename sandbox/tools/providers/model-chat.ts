/** `llm_chat` by models of the operator's own, wherever they run: anything that generates as the model contract says. */

import { z } from "zod";
import { INLINE_LIMIT } from "../../../protocol/blob.ts";
import type { Content } from "../../../protocol/content.ts";
import { Failure, type FailureCode } from "../../../protocol/failure.ts";
import {
  type GenerateChunk,
  GenerateRequest,
  type ModelCard,
  type ModelId,
} from "../../../protocol/model.ts";
import { answeringModel } from "../answered-by.ts";
import type { CallOf } from "../call.ts";
import type { ProviderAnswer, ToolProvider } from "../provider.ts";
import { llmResponse } from "./llm-response.ts";

export interface ModelChatOptions {
  name?: string;
  /** What programs call a model, and what its own name is. */
  models: Readonly<Record<string, ModelId>>;
  generate(request: GenerateRequest, options: ModelCallOptions): AsyncIterable<GenerateChunk>;
  /** Calls at once; default 4. The models have their own lines behind it. */
  parallel?: number | undefined;
  /** Lets go of the models. */
  close?: () => Promise<void>;
}

export interface ModelCallOptions {
  signal: AbortSignal;
  /** Told what answers, before its first chunk: of several actors of one model each has a card of its own. */
  onCard: (card: ModelCard) => void;
}

/** What the program asked wrongly: too much text, or something that the model cannot do. */
const THE_PROGRAMS: readonly FailureCode[] = ["too-large", "refused", "malformed", "limit"];
const MOST_TEXT = 4 * 1024 * 1024;
const CallMade = z.object({
  id: z.string().optional(),
  function: z.object({ name: z.string(), arguments: z.string() }),
});

export function modelChat(options: ModelChatOptions): ToolProvider {
  const { name = "model", models, generate, parallel = 4, close } = options;
  return {
    name,
    tools: ["llm_chat"],
    models: Object.keys(models),
    parallel,
    async call(call, { signal }) {
      if (call.tool !== "llm_chat") throw new Failure("defect", `${name} was asked for ${call.tool}`);
      const request = requestOf(call, models[call.arguments.model]!);
      let card: ModelCard | undefined;
      const onCard = (answering: ModelCard) => void (card = answering);
      try {
        const answer = await collect(call.arguments.model, generate(request, { signal, onCard }));
        return card === undefined ? answer : { ...answer, answering: answeringModel(card) };
      } catch (thrown) {
        throw asProvider(Failure.from(thrown), name);
      }
    },
    ...(close === undefined ? {} : { close }),
  };
}

/** Greedy unless another temperature is asked for, so that equal requests have equal answers. */
function requestOf({ arguments: asked }: CallOf<"llm_chat">, model: ModelId): GenerateRequest {
  const { messages, tools, tool_choice, response_format } = asked;
  return GenerateRequest.parse({
    model,
    input: {
      type: "messages",
      messages: messages.map(({ role, content, name, tool_call_id, tool_calls }) => ({
        role,
        content: parts(content ?? ""),
        ...(name === undefined ? {} : { name }),
        ...(tool_call_id === undefined ? {} : { toolCallId: tool_call_id }),
        ...(tool_calls === undefined ? {} : { toolCalls: tool_calls }),
      })),
      ...(tools === undefined ? {} : { tools }),
      ...(tool_choice === undefined ? {} : { toolChoice: tool_choice }),
      ...(response_format === undefined ? {} : { responseFormat: response_format }),
    },
    sampling: {
      ...(asked.temperature === undefined ? {} : { temperature: asked.temperature }),
      ...(asked.top_p === undefined ? {} : { topP: asked.top_p }),
      ...(asked.stop === undefined ? {} : { stop: asked.stop }),
    },
    limits: { maxTokens: asked.max_output_tokens },
    seed: asked.seed ?? 0,
  });
}

/** A part of content holds only so much. */
function parts(text: string): Content {
  const most = Math.floor(INLINE_LIMIT / 2); // a surrogate pair must not be cut in a way that makes a part too long
  const content: Content = [];
  for (let at = 0; at < text.length; ) {
    const end = at + most;
    const splitsPair = /[\ud800-\udbff]/.test(text[end - 1] ?? "");
    content.push({ type: "text", text: text.slice(at, splitsPair ? end - 1 : end) });
    at = splitsPair ? end - 1 : end;
  }
  return content;
}

async function collect(model: string, chunks: AsyncIterable<GenerateChunk>): Promise<ProviderAnswer> {
  let text = "";
  const made: unknown[] = [];
  for await (const chunk of chunks) {
    if (chunk.type === "tokens") text += chunk.text;
    if (text.length > MOST_TEXT)
      throw new Failure("provider", "the model does not end", { retryable: false });
    if (chunk.type === "tool-calls") made.push(...chunk.calls);
    if (chunk.type !== "end") continue;
    const { promptTokens, completionTokens } = chunk.usage;
    const usage = { promptTokens, completionTokens, reasoningTokens: 0, results: 0 };
    const toolCalls = made.flatMap((call, at) => {
      const known = CallMade.safeParse(call);
      if (!known.success) return [];
      return [{ id: known.data.id ?? `call-${at}`, type: "function", ...known.data.function }];
    });
    const choice = {
      text,
      toolCalls: toolCalls.length > 0 ? toolCalls : undefined,
      finishReason: chunk.finishReason,
    };
    return { response: llmResponse({ id: "", model, choices: [choice], usage }), results: [], usage };
  }
  throw new Failure("provider", "the model's answer has no end");
}

function asProvider(failure: Failure, name: string): Failure {
  const { code, message, meta, retryAfterMs } = failure;
  if (code === "cancelled" || code === "timeout") return failure;
  if (THE_PROGRAMS.includes(code))
    return new Failure(code, message, { meta, owner: "miner", retryable: false });
  return new Failure(code === "overloaded" ? code : "provider", `${name}: ${message}`, {
    ...{ meta, retryAfterMs, cause: failure, retryable: failure.retryable, owner: "provider" },
  });
}
