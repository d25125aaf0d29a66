/** From evidence to what a mechanism judges by: the verdict on the claims, computed anew by whoever has the evidence. */
import { Failure } from "../failure.ts";
import type { ModelCard } from "../model.ts";
import { type Challenge, type Computing, claimPositions } from "./challenge.ts";
import { drawPositions } from "./claims.ts";
import type { InferenceEvidence } from "./evidence.ts";
import { toleranceBetween, widest } from "./tolerance.ts";
import { type ModelVerdict, type Tolerance, verdictOf } from "./verdict.ts";

/** A challenge that came to its end, for a mechanism to judge. */
export interface InferenceObserved {
  /** Whether these are the answers and probabilities of the model. */
  verdict: ModelVerdict;
  tolerance: Tolerance;
  promptTokens: number;
  /** Tokens of all answers. */
  tokens: number;
  /** Of each step by the validator's clock, in milliseconds: until its first token was there, and its last. */
  firstTokenMs: readonly number[];
  stepMs: readonly number[];
}

/**
 * What honest miners may be off, by what the mechanism lets them compute with: the widest that was measured. A miner's own card
 * is not asked: it could choose how it is judged. Undefined where nobody has measured.
 */
export function toleranceFor(own: Computing, engines: readonly Computing[] = [own]): Tolerance | undefined {
  return widest(engines.flatMap((engine) => toleranceBetween(engine, own) ?? []));
}

/**
 * Why a judge with this model can give no verdict: it is another one than the challenge names, cannot score, or nobody has
 * measured what is honest beside it. Undefined when it can.
 */
export function unfitFor(own: ModelCard, asked: Challenge): Failure | undefined {
  const { model, weights, engines } = asked;
  const unfit = (message: string, hint: string) =>
    new Failure("config", `model ${own.id}: ${message}`, {
      meta: { backend: own.backend, dtype: own.dtype, asked: model },
      hint,
    });
  if (own.id !== model) return unfit(`the challenge is for ${model}`, `Serve ${model}.`);
  if (weights !== undefined && own.weights !== weights) {
    return unfit("the mechanism judges by other weights", `Serve those whose digest is ${weights}.`);
  }
  if (!own.can.score) {
    return unfit("it gives no log probabilities of a given text", "Serve it embedded, or by vLLM.");
  }
  if (own.vocabulary === 0) {
    return unfit("its card tells no vocabulary", "Say `card.vocabulary` in the file that describes it.");
  }
  const tolerance = toleranceFor(own, engines);
  if (tolerance === undefined) {
    return unfit(
      "nobody has measured how far honest miners are from it",
      "docs/models.md tells for which engines the tolerance is known.",
    );
  }
  const { positions: least = 0 } = tolerance;
  const checked = Math.min(asked.positions, asked.steps * asked.tokensPerStep);
  if (checked < least) {
    return unfit(
      `${checked} positions do not tell honest miners on these engines from others`,
      `Check at least ${least}, of ${Math.ceil(least / 6)} steps of 8 tokens or more.`,
    );
  }
  return undefined;
}

/** Fails with `defect` when the evidence is not of this challenge: the validator's own fault, never the miner's. */
export function observedInference(evidence: InferenceEvidence, asked: Challenge): InferenceObserved {
  const { own, seed, checked, promptTokens, firstTokenMs, stepMs } = evidence;
  const broken = (problem: string) =>
    new Failure("defect", `the evidence is not of this challenge: ${problem}`);
  if (own === null || seed === undefined) throw broken("nothing was scored");
  const unfit = unfitFor(own, asked);
  if (unfit !== undefined) throw unfit;
  const drawn = drawPositions(claimPositions(promptTokens, asked), asked.positions, seed);
  if (drawn.length !== checked.length || drawn.some((position, at) => checked[at]?.position !== position)) {
    throw broken("other positions were checked than the seed draws");
  }
  if (stepMs.length !== asked.steps || firstTokenMs.length !== asked.steps) throw broken("steps are missing");
  const tolerance = toleranceFor(own, asked.engines) as Tolerance;
  const tokens = asked.steps * asked.tokensPerStep;
  return { verdict: verdictOf(checked, tolerance), tolerance, promptTokens, tokens, firstTokenMs, stepMs };
}
