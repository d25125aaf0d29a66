/**
 * Evidence that a miner ran the model it claims. The validator asks for greedy answers in several steps, each of which
 * begins with a nonce that nobody could know before the last answer, and takes the time by its own clock. What the miner says
 * of the probabilities of its tokens is checked afterwards, at positions drawn only then, by one prefill of the whole
 * transcript with the validator's own copy of the model.
 */
import { Failure } from "../../protocol/failure.ts";
import { GenerateRequest, type ModelId, ScoreRequest } from "../../protocol/model.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import type { Model, ModelCallOptions } from "../model.ts";

export interface ChallengeOptions {
  model: ModelId;
  /** What is asked first, as tokens. Different for each challenge. */
  prompt: readonly number[];
  /** Default 16 steps of 8 tokens: long answers repeat themselves, and what repeats itself any model can say. */
  steps?: number;
  tokensPerStep?: number;
  /** Tokens of each nonce, drawn from the vocabulary. Default 4. */
  nonceTokens?: number;
  vocabulary: number;
  clock: Clock;
  rng: Rng;
}

/** One token of an answer, and how probable the miner says it was. */
export interface ClaimedToken {
  /** Place in the transcript. */
  position: number;
  token: number;
  logprob: number;
}

export interface Transcript {
  model: ModelId;
  /** Prompt, nonces and answers, in order. */
  tokens: readonly number[];
  claims: readonly ClaimedToken[];
  /** Time of each step by the validator's clock, in milliseconds. */
  stepMs: readonly number[];
}

/** Whoever answers: the miner, as the validator reaches it. */
export type Answering = Pick<Model, "generate">;

/** Fails with `policy` when the miner leaves out what it was asked for. */
export async function challenge(
  miner: Answering,
  options: ChallengeOptions,
  call: ModelCallOptions = {},
): Promise<Transcript> {
  const { model, steps = 16, tokensPerStep = 8, nonceTokens = 4, vocabulary, clock, rng } = options;
  const tokens = [...options.prompt];
  const claims: ClaimedToken[] = [];
  const stepMs: number[] = [];
  for (let step = 0; step < steps; step++) {
    for (let n = 0; n < nonceTokens; n++) tokens.push(rng.integer(vocabulary));
    const began = clock.monotonic();
    const answer = await greedyAnswer(miner, { model, tokens, maxTokens: tokensPerStep }, call);
    stepMs.push(clock.monotonic() - began);
    for (const { token, logprob } of answer) {
      claims.push({ position: tokens.length, token, logprob });
      tokens.push(token);
    }
  }
  return { model, tokens, claims, stepMs };
}

async function greedyAnswer(
  miner: Answering,
  { model, tokens, maxTokens }: { model: ModelId; tokens: readonly number[]; maxTokens: number },
  call: ModelCallOptions,
): Promise<{ token: number; logprob: number }[]> {
  const request = GenerateRequest.parse({
    model,
    input: { type: "tokens", tokens },
    sampling: { temperature: 0, logprobs: 0, ignoreEnd: true },
    limits: { maxTokens },
  });
  const answer: { token: number; logprob: number }[] = [];
  for await (const chunk of miner.generate(request, call)) {
    if (chunk.type !== "tokens") continue;
    for (const { token, logprob } of chunk.logprobs ?? []) {
      if (token !== null) answer.push({ token, logprob });
    }
  }
  if (answer.length === maxTokens) return answer;
  throw new Failure("policy", "the answer to a challenge is not complete", {
    meta: { asked: maxTokens, told: answer.length },
    hint: "Answer with as many tokens as asked for, each with its log probability.",
  });
}

/** One position of the transcript: what the miner said, and what the validator's own model says. */
export interface Checked extends ClaimedToken {
  /** Of the same token. */
  own: number;
  /** Of the most probable token in its place: a greedy answer has that one. */
  best: number;
}

export interface CheckOptions {
  /** How many claims are checked. Default 96. */
  positions?: number;
  rng: Rng;
}

/** Scores claims at positions drawn now, at the cost of one prefill. */
export async function checkClaims(
  validator: Pick<Model, "score">,
  transcript: Transcript,
  { positions: count = 96, rng }: CheckOptions,
  call: ModelCallOptions = {},
): Promise<Checked[]> {
  const { model, tokens } = transcript;
  const claims = drawn(transcript.claims, count, rng);
  const request = ScoreRequest.parse({
    model,
    input: { type: "tokens", tokens },
    positions: claims.map(({ position }) => position),
    top: 1,
  });
  const { scores } = await validator.score(request, call);
  return claims.map((claim, at) => {
    const score = scores[at];
    if (score === undefined || score.position !== claim.position) {
      throw new Failure("defect", "the validator's model scored other positions than it was asked for");
    }
    return { ...claim, own: score.logprob, best: score.top[0]?.logprob ?? score.logprob };
  });
}

/** `count` of them without repetition, in order. */
function drawn<T>(all: readonly T[], count: number, rng: Rng): T[] {
  const places = all.map((_, at) => at);
  for (let at = places.length - 1; at > 0; at--) {
    const other = rng.integer(at + 1);
    [places[at], places[other]] = [places[other]!, places[at]!];
  }
  return places
    .slice(0, count)
    .toSorted((a, b) => a - b)
    .map((at) => all[at]!);
}
