/** A conversation goes on: how long until the first token of its second answer, where the first turn is not read again. */
import type { Model } from "../../models/model.ts";
import { Failure } from "../../protocol/failure.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import type { Conversation, LlamaPeer } from "./llama-peer.ts";
import { type BenchRow, timed } from "./row.ts";

const TURNS: Conversation = { prompt: 2_048, given: 64, more: 32 };
const ROUNDS = 3;
/** Of reading all of it. */
const MOST_SHARE = 1 / 10;
/** Of llama.cpp's time, which goes on from its answer's own tokens; ours have other bits than those of a prompt, and are read. */
const MOST_BESIDE_LLAMA = 1;

export async function secondTurnRows(model: Model, peer: LlamaPeer): Promise<BenchRow[]> {
  const [again, anew, theirs]: [number[], number[], number[]] = [[], [], []];
  for (let round = 0; round < ROUNDS; round++) {
    const second = await firstTurn(model, round);
    again.push(await timed(() => answer(model, second, 1, "a conversation")));
    anew.push(await timed(() => answer(model, second, 1, `round ${round}`)));
    const ms = await peer.measureSecondTurn(TURNS);
    if (ms !== undefined) theirs.push(ms);
  }
  const value = Math.min(...again);
  const { prompt, given, more } = TURNS;
  const what = `SmolLM2: to the first token after ${more} tokens more, ${prompt} read and ${given} given before`;
  const row = (beside: string, floor: number, most: number, goal: string): BenchRow => ({
    name: `${what}; beside ${beside}`,
    ...{ value, unit: "ms", floor, ratio: value / floor, goal, holds: value <= most * floor },
  });
  return [
    row("reading all anew", Math.min(...anew), MOST_SHARE, "≤ 1/10 ×"),
    ...(theirs.length === 0
      ? []
      : [row(`${peer.engine} with its slot kept`, Math.min(...theirs), MOST_BESIDE_LLAMA, "≤ 1 ×")]),
  ];
}

/** The tokens of the second prompt, the first one read and answered. */
async function firstTurn(model: Model, round: number): Promise<number[]> {
  const any = (count: number, from: number) =>
    Array.from({ length: count }, (_, n) => 300 + ((n + from + 977 * round) % 40_000));
  const first = any(TURNS.prompt, 0);
  const given = await answer(model, first, TURNS.given, "a conversation");
  return [...first, ...given, ...any(TURNS.more, 20_000)];
}

/** Only prompts of one space go on from one another. */
async function answer(model: Model, tokens: number[], maxTokens: number, space: string): Promise<number[]> {
  const request = GenerateRequest.parse({
    model: "smollm2",
    input: { type: "tokens", tokens },
    sampling: { ignoreEnd: true },
    limits: { maxTokens },
  });
  const given: number[] = [];
  for await (const chunk of model.generate(request, { space })) {
    if (chunk.type === "tokens") given.push(...chunk.tokens);
    if (chunk.type === "end") return given;
  }
  throw new Failure("defect", "an answer without an end");
}
