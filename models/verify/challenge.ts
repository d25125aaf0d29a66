/**
 * Evidence that a miner ran the model it claims. The validator asks for greedy answers in several steps, each of which
 * begins with a nonce that nobody could know before the last answer, and takes the time by its own clock. What the miner says
 * of the probabilities of its tokens is checked afterwards, at positions drawn only then, by one prefill of the whole
 * transcript with the validator's own copy of the model. The verdict is a pure function of what is found: protocol/inference.
 */
import { Failure } from "../../protocol/failure.ts";
import {
  type Checked,
  type ClaimedToken,
  drawPositions,
  type Transcript,
} from "../../protocol/inference/claims.ts";
import { type GenerateChunk, GenerateRequest, type ModelId, ScoreRequest } from "../../protocol/model.ts";
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
  /** Told why a step broke off: resolves to have it asked again, its time running on, or throws. Default: throws that. */
  again?: (failure: Failure) => Promise<void>;
}

/** Whoever answers: the miner, as the validator reaches it. */
export type Answering = Pick<Model, "generate">;

/**
 * Steps that are asked again with other nonces because the answer told too few tokens, their time running on. An honest miner
 * on llama.cpp's server needs it about once in a hundred steps: that server says nothing of a token that ends inside a character.
 */
const MOST_REDRAWN = 4;
/** Chunks of one step beside one for each token: progress of the prompt, so many tokens at a time at least, and an end. */
const READ_AT_ONCE = 64;
const OTHER_CHUNKS = 64;

/**
 * Fails with `policy` when the miner leaves out what it was asked for, `limit` when it gives more, `malformed` when its chunks
 * are out of order or its tokens none, and as the miner does.
 */
export async function challenge(
  miner: Answering,
  options: ChallengeOptions,
  call: ModelCallOptions = {},
): Promise<Transcript> {
  const { model, steps = 16, tokensPerStep = 8, nonceTokens = 4, vocabulary, clock, rng, again } = options;
  const tokens = [...options.prompt];
  const transcript: Transcript = { model, tokens, claims: [], firstTokenMs: [], stepMs: [] };
  let redrawn = 0;
  for (let step = 0; step < steps; step++) {
    const began = clock.monotonic();
    const { answer, firstAt, lastAt } = await answered();
    transcript.firstTokenMs.push(firstAt - began);
    transcript.stepMs.push(lastAt - began);
    for (const { token, logprob } of answer) {
      transcript.claims.push({ position: tokens.length, token, logprob });
      tokens.push(token);
    }
  }
  return transcript;

  async function answered(): Promise<StepAnswer> {
    for (const before = tokens.length; ; tokens.length = before) {
      for (let n = 0; n < nonceTokens; n++) tokens.push(rng.integer(vocabulary));
      const given = await asked();
      if (given.answer.length === tokensPerStep) return given;
      if (redrawn++ === MOST_REDRAWN) throw incomplete(tokensPerStep, given.answer.length);
    }
  }

  async function asked(): Promise<StepAnswer> {
    for (;;) {
      try {
        const request = greedyRequest(model, tokens, tokensPerStep);
        const bounds = { tokensPerStep, vocabulary, clock, promptTokens: tokens.length };
        return await greedyAnswer(miner.generate(request, call), bounds);
      } catch (thrown) {
        if (again === undefined) throw thrown;
        await again(Failure.from(thrown));
      }
    }
  }
}

const greedyRequest = (model: ModelId, tokens: readonly number[], maxTokens: number): GenerateRequest =>
  GenerateRequest.parse({
    model,
    input: { type: "tokens", tokens },
    sampling: { temperature: 0, logprobs: 0, ignoreEnd: true },
    limits: { maxTokens },
  });

interface StepAnswer {
  answer: Omit<ClaimedToken, "position">[];
  /** By the validator's clock: when the first token was there, and when the last was. */
  firstAt: number;
  lastAt: number;
}

/** Reads what a stranger sends: bounded in every direction, whatever comes. */
async function greedyAnswer(
  chunks: AsyncIterable<GenerateChunk>,
  bounds: { tokensPerStep: number; promptTokens: number } & Pick<ChallengeOptions, "vocabulary" | "clock">,
): Promise<StepAnswer> {
  const { tokensPerStep, promptTokens, vocabulary, clock } = bounds;
  const most = tokensPerStep + Math.ceil(promptTokens / READ_AT_ONCE) + OTHER_CHUNKS;
  const answer: StepAnswer["answer"] = [];
  let [firstAt, lastAt, seq] = [0, 0, 0];
  for await (const chunk of chunks) {
    if (chunk.seq !== seq++) {
      throw new Failure("malformed", "the chunks of an answer are out of order", {
        meta: { expected: seq - 1, found: chunk.seq },
      });
    }
    if (seq > most) throw new Failure("limit", "the answer has too many chunks", { meta: { most } });
    if (chunk.type === "end") break;
    if (chunk.type !== "tokens") continue;
    for (const { token, logprob } of chunk.logprobs ?? []) {
      lastAt = clock.monotonic();
      if (answer.length === 0) firstAt = lastAt;
      answer.push({ token: checkedToken(token, vocabulary), logprob });
      if (answer.length > tokensPerStep) {
        throw new Failure("limit", "the answer has more tokens than were asked for", {
          meta: { asked: tokensPerStep },
        });
      }
    }
  }
  return { answer, firstAt, lastAt };
}

const incomplete = (asked: number, told: number): Failure =>
  new Failure("policy", "the answer to a challenge is not complete", {
    meta: { asked, told },
    hint: "Answer with as many tokens as asked for, each with its log probability.",
  });

function checkedToken(token: number | null, vocabulary: number): number {
  if (token === null) {
    throw new Failure("policy", "the answer to a challenge names tokens by their texts alone", {
      hint: "Serve the model with something that tells the ids of its tokens.",
    });
  }
  if (token < vocabulary) return token;
  throw new Failure("malformed", "the answer has a token that the model does not know", {
    meta: { token, vocabulary },
  });
}

export interface CheckOptions {
  /** How many claims are checked. Default 96. */
  positions?: number;
  /** Decides which, see `drawPositions`: drawn when the transcript is whole, so that no miner can know. */
  seed: string;
}

/** Scores claims at drawn positions, at the cost of one prefill. */
export async function checkClaims(
  validator: Pick<Model, "score">,
  transcript: Pick<Transcript, "model" | "tokens" | "claims">,
  { positions: count = 96, seed }: CheckOptions,
  call: ModelCallOptions = {},
): Promise<Checked[]> {
  const { model, tokens } = transcript;
  const claims = new Map(transcript.claims.map((claim) => [claim.position, claim]));
  const positions = drawPositions([...claims.keys()], count, seed);
  const request = ScoreRequest.parse({ model, input: { type: "tokens", tokens }, positions, top: 1 });
  const { scores } = await validator.score(request, call);
  return positions.map((position, at) => {
    const [claim, score] = [claims.get(position), scores[at]];
    if (claim === undefined || score === undefined || score.position !== position) {
      throw new Failure("defect", "the validator's model scored other positions than it was asked for");
    }
    return { ...claim, own: score.logprob, best: score.top[0]?.logprob ?? score.logprob };
  });
}
