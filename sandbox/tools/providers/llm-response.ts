/** `LlmResponse` of Caster's SDK, from whatever answered. */
import type { Json } from "../../../protocol/ids.ts";
import type { ToolUsage } from "../../../protocol/tools.ts";

export interface LlmChoice {
  text: string;
  toolCalls: { id: string; type: string; name: string; arguments: string }[] | undefined;
  refusal?: string | null | undefined;
  reasoning?: string | null | undefined;
  finishReason: string | null;
}

export interface LlmAnswer {
  id: string;
  /** What the program calls the model. */
  model: string;
  choices: readonly LlmChoice[];
  usage: ToolUsage | undefined;
}

export function llmResponse({ id, model, choices, usage }: LlmAnswer): Json {
  return {
    id,
    choices: choices.map(({ text, toolCalls, refusal, reasoning, finishReason }, index) => ({
      index,
      message: {
        role: "assistant",
        content: text === "" ? [] : [{ type: "text", text, data: null }],
        tool_calls: toolCalls ?? null,
        refusal: refusal ? { text: refusal } : null,
        reasoning: reasoning ? { text: reasoning } : null,
      },
      finish_reason: finishReason,
    })),
    usage: {
      prompt_tokens: usage?.promptTokens ?? null,
      completion_tokens: usage?.completionTokens ?? null,
      total_tokens: usage === undefined ? null : usage.promptTokens + usage.completionTokens,
      reasoning_tokens: usage?.reasoningTokens ?? null,
    },
    metadata: { model },
    finish_reason: choices[0]?.finishReason ?? null,
  };
}
