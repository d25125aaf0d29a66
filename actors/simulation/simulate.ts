/** Runs a subnet world for a while and tells what came of it. */
import type { OutcomeCounts } from "../../protocol/standing.ts";
import type { WeightVector } from "../../protocol/weights.ts";
import { bodyOf } from "../records.ts";
import { ranked, standingsProjection } from "../standings/standings.ts";
import { createSubnetWorld, type SubnetWorld, type SubnetWorldOptions } from "./subnet-world.ts";

export interface SimulateOptions extends SubnetWorldOptions {
  /** Virtual hours. */
  hours: number;
  /** Sets faults going before time does. */
  prepare?: (world: SubnetWorld) => void;
  /** Called about every virtual ten minutes. */
  onProgress?: (fraction: number) => void;
  signal?: AbortSignal;
}

export interface SimulationReport {
  rounds: number;
  jobs: number;
  outcomes: OutcomeCounts;
  /** As the first validator has them. */
  standings: { miner: string; accuracy: number; reward: number; jobs: number; outcomes: OutcomeCounts }[];
  /** What each validator last set on chain. */
  weights: { validator: string; vector: WeightVector }[];
  /** Every judged job: validator, round, task, miner, outcome, accuracy, reward; sorted. */
  scores: string[];
  eventLogSha256: string;
  virtualMs: number;
}

const STEP_MS = 600_000;

export async function simulate(options: SimulateOptions): Promise<SimulationReport> {
  const subnetWorld = await createSubnetWorld(options);
  const { world } = subnetWorld;
  try {
    options.prepare?.(subnetWorld);
    const begin = world.clock.now();
    const end = begin + Math.round(options.hours * 3_600_000);
    while (world.clock.now() < end && !options.signal?.aborted) {
      await world.run({
        until: Math.min(end, world.clock.now() + STEP_MS),
        ...(options.signal === undefined ? {} : { signal: options.signal }),
      });
      options.onProgress?.((world.clock.now() - begin) / (end - begin));
    }
    return await report(options, subnetWorld, world.clock.now() - begin);
  } finally {
    await subnetWorld.close();
  }
}

async function report(
  { subnet }: SimulateOptions,
  { world, chain, ledgers, neurons }: SubnetWorld,
  virtualMs: number,
): Promise<SimulationReport> {
  const outcomes: OutcomeCounts = {};
  const scores: string[] = [];
  let rounds = 0;
  for (const [validator, ledger] of ledgers) {
    for (let after = 0; ; ) {
      const events = await ledger.read({ after, limit: 10_000 });
      if (events.length === 0) break;
      after = events.at(-1)?.seq ?? after;
      for (const event of events) {
        if (event.type === "round.closed") rounds++;
        const concluded = bodyOf(event, "job.concluded");
        if (!concluded?.score) continue;
        const { key, uid, outcome, score } = concluded;
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
        scores.push(
          [validator, key.round, key.task, neurons[uid], outcome, score.accuracy, score.reward].join(" "),
        );
      }
    }
  }
  const [first] = ledgers.values();
  const standings =
    first === undefined ? [] : ranked((await first.project(standingsProjection(subnet))).state);
  return {
    rounds,
    jobs: scores.length,
    outcomes,
    standings: standings.map(({ uid, accuracy, reward, jobs, outcomes: counts }) => ({
      miner: neurons[uid] ?? `uid ${uid}`,
      ...{ accuracy, reward, jobs, outcomes: counts },
    })),
    weights: [...chain.onChain()].map(([uid, vector]) => ({
      validator: neurons[uid] ?? `uid ${uid}`,
      vector,
    })),
    scores: scores.sort(),
    eventLogSha256: world.hash(),
    virtualMs,
  };
}
