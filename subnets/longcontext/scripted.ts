/**
 * What a miner of a given skill would do, made from the sealed part. For simulation only: nothing that judges
 * may import it, and real miners never see what it reads.
 */
import type { Json } from "../../protocol/ids.ts";
import type { CaseResult, IsolateOutcome } from "../../protocol/isolate.ts";
import { CodeSealed } from "./code/kind.ts";
import { randomOf } from "./random.ts";
import { ReadingSealed } from "./reading/kind.ts";

export interface Script {
  /** Which run; the same seed, miner and task give the same behaviour. */
  seed: string;
  miner: string;
  /** Probability that a test or a question goes right, 0 to 1. */
  skill: number;
  task: { id: string; round: number; sealed: Json };
}

/** How a test that goes wrong ends; wrong results are the commonest. */
const FAILURES: readonly IsolateOutcome[] = ["ok", "ok", "ok", "error", "timeout", "memory-limit"];

const chanceOf = ({ seed, miner, task }: Script) => randomOf(seed, miner, task.round, task.id);

/** What an isolate would report for each hidden test of a code task. */
export function scriptedCases(script: Script): CaseResult[] {
  const random = chanceOf(script);
  return CodeSealed.parse(script.task.sealed).tests.map(({ expected }) => {
    const right = random.next() < script.skill;
    const outcome = right ? "ok" : random.pick(FAILURES);
    const wallMs = 20 + random.integer(200);
    return {
      outcome,
      ...(outcome === "ok" ? { output: right ? expected : { wrong: true } } : {}),
      stdout: "",
      stderr: "",
      usage: { wallMs, cpuMs: wallMs, fuel: wallMs * 1_000_000, peakBytes: 20_971_520 },
    };
  });
}

/** What the miner would answer to a reading task, and after how long. */
export function scriptedAnswer(script: Script): { text: string; totalMs: number } {
  const random = chanceOf(script);
  const { answers } = ReadingSealed.parse(script.task.sealed);
  const right = random.next() < script.skill;
  return { text: right ? (answers[0] as string) : "no idea", totalMs: 50 + random.integer(2_000) };
}
