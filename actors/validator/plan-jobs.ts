/** What a round has to do: every miner is asked for what its tasks need, and its jobs are told as soon as they are known. */

import type { BlobRef } from "../../protocol/blob.ts";
import type { Content } from "../../protocol/content.ts";
import type { Submission } from "../../protocol/submission.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import type { RoundTask } from "./draw.ts";
import type { HeldProgram, Intake } from "./intake.ts";
import type { RoundState } from "./round-state.ts";

/** A task ready to be given out: its blob for judges, its content for miners. */
export interface ReadyTask extends RoundTask {
  blob: BlobRef;
  shown: Content;
}

/** One submission on one task, whatever the attempt. */
export interface Job {
  task: ReadyTask;
  uid: number;
  submission: string;
  program?: { submission: Submission; held: HeldProgram };
}

export interface PlanOptions {
  subnet: LoadedSubnet;
  intake: Intake;
  /** What is on record of the round already is not asked for again. */
  state: RoundState;
  tasks: readonly ReadyTask[];
  add: (job: Job) => void;
  signal: AbortSignal;
}

/** Resolves when every miner has handed in, or counts as absent. */
export async function planJobs({ subnet, intake, state, tasks, add, signal }: PlanOptions): Promise<void> {
  const { round, miners } = state.opened;
  const kinds = Map.groupBy(tasks, ({ judged }) => judged.kind);
  const plan = async (kind: string, { uid, hotkey }: (typeof miners)[number]) => {
    const ofKind = kinds.get(kind) ?? [];
    const by = subnet.definition.kinds[kind]?.by;
    if (by !== "program") {
      const submission = `u${uid}-${by === "inference" ? "model" : "answer"}`;
      for (const task of ofKind) add({ task, uid, submission });
      return;
    }
    const known = state.submissions.get(`${kind}/${uid}`);
    if (known === undefined && state.absent.has(`${kind}/${uid}`)) return;
    const program =
      known === undefined
        ? await intake.collect({ round, kind, uid, hotkey }, signal)
        : { submission: known, held: await intake.held(known) };
    if (program === undefined) return;
    for (const task of ofKind) add({ task, uid, submission: program.submission.id, program });
  };
  await Promise.all(miners.flatMap((miner) => [...kinds.keys()].map((kind) => plan(kind, miner))));
}
