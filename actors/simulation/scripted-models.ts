/** Models of simulated miners: honest ones, and what those do who would rather not run the model they are paid for. */
import type { Model } from "../../models/model.ts";
import { createScriptedModel, type ScriptedOptions } from "../../models/scripted/scripted.ts";
import { sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { type GenerateChunk, GenerateRequest, type ModelId } from "../../protocol/model.ts";
import type { Blobs, Clock } from "../../runtime/ports/index.ts";
import type { ScriptedInference } from "./script.ts";

export interface ScriptedModelPorts {
  clock: Clock;
  blobs: Pick<Blobs, "get" | "put">;
}

/** What honest engines differ by in the last digits, in nats, and what a cheaper quantisation is off by. */
const HONEST_JITTER = 0.02;
const CHEAP_JITTER = 1.5;
const CONTEXT = 65_536;
const SLOTS = 256;
const OTHER_WEIGHTS = 0x00c0_ffee;

const weightsOf = (id: ModelId): number => Number.parseInt(sha256(id).slice(0, 8), 16);
const nothing = () => "";

/** The model as it is: what validators judge by. */
export const judgeModel = (id: ModelId, ports: ScriptedModelPorts): Model =>
  createScriptedModel({
    ...{ ...ports, id, seed: weightsOf(id), answer: nothing, greedy: {} },
    ...{ contextLength: CONTEXT, slots: SLOTS },
    behaviour: { type: "slow", prefillTokensPerSecond: 10_000, tokensPerSecond: 1_000 },
  });

/** The model that a miner serves under this name. */
export function minerModel(
  id: ModelId,
  miner: string,
  how: ScriptedInference,
  ports: ScriptedModelPorts,
): Model {
  const { conduct, prefillTokensPerSecond, tokensPerSecond } = how;
  const made = (options: Partial<ScriptedOptions>): Model =>
    createScriptedModel({
      ...{ ...ports, id, seed: weightsOf(id), answer: nothing, contextLength: CONTEXT, slots: SLOTS },
      greedy: { jitter: HONEST_JITTER, noise: weightsOf(miner) },
      behaviour: { type: "slow", prefillTokensPerSecond, tokensPerSecond },
      ...options,
    });
  const honest = made({});
  switch (conduct) {
    case "honest":
      return honest;
    case "requantised":
      return made({ greedy: { jitter: CHEAP_JITTER, noise: weightsOf(miner) } });
    case "other-model":
      return made({ seed: OTHER_WEIGHTS });
    case "lying":
      return answeringFor(made({ greedy: { jitter: CHEAP_JITTER, noise: weightsOf(miner) } }), honest);
    case "replaying":
      return replaying(honest);
    case "refusing":
      return made({ behaviour: { type: "refusing" } });
    case "silent":
      return changed(honest, (chunk) =>
        chunk.type === "tokens" ? { ...chunk, logprobs: undefined } : chunk,
      );
    case "garbled":
      return changed(honest, (chunk) => ({ ...chunk, seq: 2 * chunk.seq + 1 }));
    case "hanging":
      return made({ behaviour: { type: "slow", prefillTokensPerSecond: 1, tokensPerSecond: 0.001 } });
  }
}

type Generate = Model["generate"];
const withGenerate = (model: Model, generate: Generate): Model => ({
  ...model,
  get status() {
    return model.status;
  },
  generate,
});

const changed = (model: Model, change: (chunk: GenerateChunk) => GenerateChunk): Model =>
  withGenerate(model, async function* (request, options) {
    for await (const chunk of model.generate(request, options)) yield change(chunk);
  });

/** A cheap model's tokens with the right one's probabilities. */
const answeringFor = (cheap: Model, right: Model): Model =>
  withGenerate(cheap, async function* (request, options) {
    const before = request.input.type === "tokens" ? request.input.tokens : [];
    const given: number[] = [];
    for await (const chunk of cheap.generate(request, options)) {
      if (chunk.type !== "tokens") {
        yield chunk;
        continue;
      }
      const from = before.length + given.length;
      given.push(...chunk.tokens);
      const { scores } = await right.score(
        {
          ...{ model: request.model, context: [], top: 0 },
          input: { type: "tokens", tokens: [...before, ...given] },
          positions: chunk.tokens.map((_, at) => from + at),
        },
        options,
      );
      yield { ...chunk, logprobs: scores };
    }
  });

/** Answers to nonces of its own, made beforehand: right ones, to another question. */
const replaying = (model: Model): Model =>
  withGenerate(model, async function* (request, options) {
    if (request.input.type !== "tokens") throw new Failure("refused", "only tokens are replayed");
    const { tokens } = request.input;
    const old = { ...request, input: { type: "tokens", tokens: tokens.map((_, at) => at % 251) } };
    yield* model.generate(GenerateRequest.parse(old), options);
  });
