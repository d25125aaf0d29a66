/** How miners of a given skill behave in simulation; made from what only judges know, so never used to judge. */
import type { Json } from "../../protocol/ids.ts";
import type { ScriptedCase } from "../../sandbox/scripted.ts";

export interface ScriptedMiner {
  /** Which run; the same seed, miner and work give the same behaviour. */
  seed: string;
  miner: string;
  /** Probability that a test or a question goes right, 0 to 1. */
  skill: number;
}

/** How the model behaves that a miner serves, and how fast it is. */
export interface ScriptedInference {
  /**
   * `requantised`: fewer bits. `other-model`: other weights under this name. `lying`: a cheap model answers, the right one tells
   * the probabilities. `replaying`: right answers to another question. `silent`: no probabilities. `garbled`: chunks out of order.
   * `hanging`: no end.
   */
  conduct:
    | "honest"
    | "requantised"
    | "other-model"
    | "lying"
    | "replaying"
    | "refusing"
    | "silent"
    | "garbled"
    | "hanging";
  prefillTokensPerSecond: number;
  tokensPerSecond: number;
}

/** What a subnet brings along to be simulated: what its kinds of work need. Pure. */
export interface SubnetScript {
  /** What an isolate observes when it calls this miner's program with one input. */
  case?(work: ScriptedMiner & { call: string; input: Json }): ScriptedCase;
  /** What this miner answers to a task, and after how long. */
  answer?(work: ScriptedMiner & { task: { id: string; round: number; sealed: Json } }): {
    text: string;
    totalMs: number;
  };
  /** What model this miner serves. */
  model?(work: ScriptedMiner & { nth: number }): ScriptedInference;
}
