/** The prompts of one request to `/v1/completions`, each with what is to be said before its answers. */
import { Failure } from "../../../protocol/failure.ts";
import type { GenerateRequest, ModelCard } from "../../../protocol/model.ts";
import type { ModelCaller, ModelClient } from "../../model/model-client.ts";
import { type Echo, echoOf } from "./echo.ts";
import { completionRequest, type Prompt, promptsOf, type Sources } from "./model-request.ts";
import type { CompletionRequest } from "./schemas.ts";

export interface Prompted {
  request: GenerateRequest;
  /** The same for every choice of the prompt. */
  echo?: (call: ModelCaller) => Promise<Echo>;
}

export interface CompletionOptions extends Sources {
  models: ModelClient;
  /** Of the model that is asked; undefined when nobody serves it. */
  card: ModelCard | undefined;
}

export async function completionPrompts(
  body: CompletionRequest,
  options: CompletionOptions,
): Promise<Prompted[]> {
  const prompted: Prompted[] = [];
  for (const prompt of promptsOf(body.prompt)) {
    const request = await completionRequest(body, prompt, options);
    prompted.push(body.echo === true ? { request, echo: echoOnce(prompt, request, options) } : { request });
  }
  return prompted;
}

function echoOnce(prompt: Prompt, request: GenerateRequest, { models, card }: CompletionOptions) {
  const text = typeof prompt === "string" ? prompt : undefined;
  const { sampling, limits } = request;
  // A text that is only repeated need not be looked at.
  if (text !== undefined && sampling.logprobs === undefined && limits.maxTokens > 0) {
    const echo: Echo = { chunk: { type: "echo", text }, usage: undefined };
    return () => Promise.resolve(echo);
  }
  if (card?.can.score === false) {
    throw new Failure(
      "refused",
      `echo: the model ${card.id} cannot tell the tokens of a prompt and their probabilities`,
      {
        meta: { param: "echo", model: card.id },
        hint: "Ask for the echo of a text without logprobs, or for a model whose card says that it scores.",
      },
    );
  }
  let echo: Promise<Echo> | undefined;
  return (call: ModelCaller) => (echo ??= echoOf({ text, request, models, call }));
}
