/** What is checked before a model does any work: that it is the one asked for, and that the work fits its limits. */
import { Failure } from "../../protocol/failure.ts";
import {
  type EmbedRequest,
  type GenerateLimits,
  MAX_VECTOR_NUMBERS,
  type ModelCard,
  type ModelId,
  type ModelSnapshot,
} from "../../protocol/model.ts";

/** Fails with `not-found` when the request is meant for another model. */
export function checkModel(card: ModelCard, wanted: ModelId): void {
  if (card.id === wanted) return;
  throw new Failure("not-found", "this back end does not serve that model", {
    meta: { wanted, served: card.id },
    hint: "Ask for a model that is listed, or start one with it.",
  });
}

/** Fails with `refused` when the model is asked for what it cannot do. */
export function checkAbility(card: ModelCard, ability: keyof ModelCard["can"]): void {
  if (card.can[ability]) return;
  throw new Failure("refused", `the model ${card.id} cannot ${WORDS[ability]}`, {
    meta: { model: card.id, ability },
    ...(ability === "embed" ? { hint: HOW_TO_EMBED } : {}),
  });
}

const HOW_TO_EMBED =
  "Ask one whose card says that it embeds. One that was converted before embeddings came can be pulled or converted again.";

/** Fails with `refused` where the model embeds not at all or not so, `too-large` for more numbers than an answer holds. */
export function checkEmbed(card: ModelCard, { inputs, dimensions }: EmbedRequest): void {
  checkAbility(card, "embed");
  const { dimensions: own, shortens = false } = card.embedding ?? {};
  if (dimensions !== undefined && dimensions !== own && !shortens) {
    throw new Failure("refused", `the model ${card.id} was not trained for vectors of another length`, {
      meta: { model: card.id, dimensions, own: own ?? null, param: "dimensions" },
      hint: "Leave dimensions out.",
    });
  }
  if (dimensions !== undefined && own !== undefined && dimensions > own) {
    throw new Failure("refused", `the vectors of the model ${card.id} are shorter than that`, {
      meta: { model: card.id, dimensions, own, param: "dimensions" },
      hint: `Ask for at most ${own} dimensions.`,
    });
  }
  const numbers = inputs.length * (dimensions ?? own ?? 1);
  if (numbers <= MAX_VECTOR_NUMBERS) return;
  throw new Failure("too-large", "the vectors of so many inputs do not fit into one answer", {
    meta: { inputs: inputs.length, numbers, most: MAX_VECTOR_NUMBERS },
    hint: "Send fewer inputs at a time.",
  });
}

const WORDS: Readonly<Record<keyof ModelCard["can"], string>> = {
  embed: "make embeddings",
  score: "tell probabilities of a given text",
  snapshot: "hand over its state",
  tools: "call tools or keep to a grammar",
};

/** Fails with `conflict` when the snapshot was made by other weights. */
export function checkSnapshot(card: ModelCard, snapshot: ModelSnapshot): void {
  checkAbility(card, "snapshot");
  if (snapshot.weights === card.weights) return;
  throw new Failure("conflict", "the snapshot belongs to other weights", {
    meta: { model: card.id, weights: card.weights, snapshot: snapshot.weights },
    hint: "Read the context anew.",
  });
}

/** Tokens of the answer that there must be room for. */
const leastTokens = ({ maxTokens, leastTokens: least = maxTokens }: GenerateLimits): number =>
  Math.min(least, maxTokens);

/** Tokens of prompt that fit beside the answer. */
export const promptRoom = (card: ModelCard, limits: GenerateLimits): number =>
  Math.min(card.contextLength - leastTokens(limits), limits.maxPromptTokens ?? Number.POSITIVE_INFINITY);

/** Tokens that an answer to so long a prompt may have. */
export const answerRoom = (card: ModelCard, limits: GenerateLimits, promptTokens: number): number =>
  Math.min(limits.maxTokens, card.contextLength - promptTokens);

/** Fails with `too-large` when prompt and answer pass the context length, a limit of the request, or its memory. */
export function checkLength(card: ModelCard, limits: GenerateLimits, promptTokens: number): void {
  const room = promptRoom(card, limits);
  if (promptTokens > room) {
    const { contextLength } = card;
    const maxTokens = leastTokens(limits);
    throw new Failure(
      "too-large",
      `${promptTokens} tokens of input and ${maxTokens} of answer are more than the model or the request allows`,
      {
        meta: { tokens: promptTokens, room: Math.max(0, room), maxTokens, contextLength },
        hint: `The model holds ${contextLength} together. Shorten the input, ask for fewer tokens, or choose overflow: truncate-middle or map-reduce.`,
      },
    );
  }
  const tokens = promptTokens + answerRoom(card, limits, promptTokens);
  const bytes = stateBytes(card, tokens);
  if (limits.memoryBytes !== undefined && bytes > limits.memoryBytes) {
    throw new Failure("too-large", "the model's state would pass the memory limit of the request", {
      meta: { bytes, memoryBytes: limits.memoryBytes, tokens },
      hint: "Allow more memory, or shorten the input.",
    });
  }
}

/** Memory of the state after so many tokens, in bytes. */
export const stateBytes = ({ state }: Pick<ModelCard, "state">, tokens: number): number =>
  state.fixedBytes + state.bytesPerToken * tokens;

/** Fails with `refused` when reading the prompt at the measured speed would take longer than there is time. */
export function checkTime(promptTokens: number, tokensPerMs: number | undefined, remainingMs: number): void {
  if (tokensPerMs === undefined || promptTokens / tokensPerMs <= remainingMs) return;
  throw new Failure("refused", "reading the prompt would take longer than the deadline allows", {
    meta: {
      promptTokens,
      expectedMs: Math.round(promptTokens / tokensPerMs),
      remainingMs: Math.round(remainingMs),
    },
    hint: "Allow more time, or shorten the input.",
  });
}

/** Fails with `malformed` for a token that the model does not have. */
export function checkVocabulary(card: ModelCard, tokens: Uint32Array): void {
  const strange = tokens.find((token) => token >= card.vocabulary);
  if (strange === undefined) return;
  throw new Failure("malformed", "a token is outside the model's vocabulary", {
    meta: { token: strange, vocabulary: card.vocabulary },
    hint: "Tokenize with this model's own tokenizer.",
  });
}
