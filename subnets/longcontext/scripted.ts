/**
 * What a miner of a given skill would do, made from what only judges know. For simulation only: nothing that judges
 * may import it, and real miners never see what it reads.
 */
import type { Json } from "../../protocol/ids.ts";
import type { IsolateOutcome } from "../../protocol/isolate.ts";
import type { DrawRandom } from "../../protocol/subnet.ts";
import { CHALLENGES } from "./code/challenges/index.ts";
import { CodeSealed } from "./code/kind.ts";
import { randomOf } from "./random.ts";
import { ReadingSealed } from "./reading/kind.ts";

interface Script {
  /** Which run; the same seed, miner and work give the same behaviour. */
  seed: string;
  miner: string;
  /** Probability that a test or a question goes right, 0 to 1. */
  skill: number;
}

export interface TaskScript extends Script {
  task: { id: string; round: number; sealed: Json };
}

export interface ScriptedCase {
  outcome: IsolateOutcome;
  output?: Json;
  wallMs: number;
  fuel: number;
}

/** How a test that goes wrong ends; wrong results are the commonest. */
const FAILURES: readonly IsolateOutcome[] = ["ok", "ok", "ok", "error", "timeout", "memory-limit"];

function caseOf(random: DrawRandom, skill: number, expected: Json): ScriptedCase {
  const right = random.next() < skill;
  const outcome = right ? "ok" : random.pick(FAILURES);
  const wallMs = 20 + random.integer(200);
  const output = right ? expected : { wrong: true };
  return { outcome, ...(outcome === "ok" ? { output } : {}), wallMs, fuel: wallMs * 1_000_000 };
}

const chanceOf = ({ seed, miner, task }: TaskScript) => randomOf(seed, miner, task.round, task.id);

/** What an isolate would observe in each hidden test of a code task, from the sealed part. */
export function scriptedCases(script: TaskScript): ScriptedCase[] {
  const random = chanceOf(script);
  return CodeSealed.parse(script.task.sealed).tests.map(({ expected }) =>
    caseOf(random, script.skill, expected),
  );
}

/** The same for one hidden test of which only the input is known: the reference solution gives the right output. */
export function scriptedCase(script: Script & { call: string; input: Json }): ScriptedCase {
  const { seed, miner, skill, call, input } = script;
  const challenge = CHALLENGES.find(({ name }) => name === call);
  const random = randomOf(seed, miner, call, JSON.stringify(input));
  return caseOf(random, challenge === undefined ? 0 : skill, challenge?.solve(input) ?? null);
}

/** What the miner would answer to a reading task, and after how long. */
export function scriptedAnswer(script: TaskScript): { text: string; totalMs: number } {
  const random = chanceOf(script);
  const { answers } = ReadingSealed.parse(script.task.sealed);
  const right = random.next() < script.skill;
  return { text: right ? (answers[0] as string) : "no idea", totalMs: 50 + random.integer(2_000) };
}
