/** `llm_chat` by any server that speaks OpenAI's chat completions; answers in Caster's words. */
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";
import type { ToolUsage } from "../../../protocol/tools.ts";
import type { Http } from "../../../runtime/ports/http.ts";
import type { Answering } from "../answered-by.ts";
import type { CallOf } from "../call.ts";
import type { ProviderAnswer, ToolProvider } from "../provider.ts";
import { httpJson } from "./http-json.ts";
import { llmResponse } from "./llm-response.ts";

export interface OpenAiChatOptions {
  name: string;
  http: Http;
  /** Up to and with the version, such as `http://127.0.0.1:8000/v1`. */
  url: string;
  /** Sent as a bearer token. */
  key?: string | undefined;
  /** What programs call a model, and what the server calls it. */
  models: Readonly<Record<string, string>>;
  /** Calls at once; default 5, as Caster has it. */
  parallel?: number | undefined;
}

const Count = z.number().int().nonnegative();
const ToolCall = z.object({
  id: z.string().max(256).nullish(),
  type: z.string().max(64).nullish(),
  function: z.object({ name: z.string().max(256), arguments: z.string() }),
});
const Completion = z.object({
  id: z.string().max(256).nullish(),
  /** What it says that it is; who says something that is no name has said nothing. */
  model: z.string().max(512).nullish().catch(null),
  system_fingerprint: z.string().max(256).nullish().catch(null),
  choices: z
    .array(
      z.object({
        message: z.object({
          content: z.string().nullish(),
          tool_calls: z.array(ToolCall).max(128).nullish(),
          refusal: z.string().nullish(),
          reasoning_content: z.string().nullish(),
          reasoning: z.string().nullish(),
        }),
        finish_reason: z.string().max(64).nullish(),
      }),
    )
    .min(1)
    .max(8),
  usage: z
    .object({
      prompt_tokens: Count,
      completion_tokens: Count,
      completion_tokens_details: z.object({ reasoning_tokens: Count.nullish() }).nullish(),
    })
    .nullish(),
});
type Completion = z.infer<typeof Completion>;

export function openAiChat(options: OpenAiChatOptions): ToolProvider {
  const { name, http, key, models, parallel = 5 } = options;
  const url = `${options.url.replace(/\/+$/, "")}/chat/completions`;
  return {
    name,
    tools: ["llm_chat"],
    models: Object.keys(models),
    parallel,
    async call(call, { signal }) {
      if (call.tool !== "llm_chat") throw new Failure("defect", `${name} was asked for ${call.tool}`);
      const body = requestBody(call, models[call.arguments.model]!);
      const authorization = key === undefined ? undefined : `Bearer ${key}`;
      const answered = Completion.safeParse(
        await httpJson({ name, http, url, method: "POST", authorization, body, signal }),
      );
      if (!answered.success) {
        const problem = answered.error.issues[0];
        throw new Failure("provider", `${name} answered no chat completion`, {
          meta: { at: (problem?.path ?? []).map(String).join("."), problem: problem?.message ?? "" },
        });
      }
      return answer(call, answered.data);
    },
  };
}

/** `max_tokens` is always there: without it the worst case that was reserved would be none. */
function requestBody({ arguments: asked }: CallOf<"llm_chat">, model: string): object {
  const { max_output_tokens, messages, model: _, ...rest } = asked;
  return { model, messages, max_tokens: max_output_tokens, stream: false, ...rest };
}

function answer({ arguments: { model } }: CallOf<"llm_chat">, completion: Completion): ProviderAnswer {
  const { usage } = completion;
  const known: ToolUsage | undefined = usage
    ? {
        promptTokens: usage.prompt_tokens,
        completionTokens: usage.completion_tokens,
        reasoningTokens: Math.min(
          usage.completion_tokens_details?.reasoning_tokens ?? 0,
          usage.completion_tokens,
        ),
        results: 0,
      }
    : undefined;
  const choices = completion.choices.map(({ message, finish_reason }) => ({
    text: message.content ?? "",
    toolCalls: message.tool_calls?.map((call, at) => ({
      id: call.id ?? `call-${at}`,
      type: call.type ?? "function",
      ...call.function,
    })),
    refusal: message.refusal,
    reasoning: message.reasoning_content ?? message.reasoning,
    finishReason: finish_reason ?? null,
  }));
  const response = llmResponse({ id: completion.id ?? "", model, choices, usage: known });
  const { model: told, system_fingerprint: fingerprint } = completion;
  const answering: Answering | undefined = told
    ? { source: "server", model: told, ...(fingerprint ? { fingerprint } : {}) }
    : undefined;
  return { response, results: [], usage: known, answering };
}
