/** Every job of a round: planned fairly, run by sandboxes or asked of miners, judged by the scorer, until all concluded. */

import type { Ledger } from "../../ledger/ledger.ts";
import type { BlobRef } from "../../protocol/blob.ts";
import { cutText } from "../../protocol/cut-text.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import { Challenge } from "../../protocol/inference/challenge.ts";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import { type JobKey, jobId, jobKey, type RunJob } from "../../protocol/job.ts";
import { Sandbox } from "../../protocol/services/sandbox.ts";
import { type Conclusion, Scorer } from "../../protocol/services/scorer.ts";
import type { AnswerKind, InferenceKind, ProgramKind } from "../../protocol/subnet.ts";
import type { PublicTask } from "../../protocol/task.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import type { Served } from "../../runtime/services.ts";
import { abortion } from "../abortion.ts";
import { CHARGED_CRASHES } from "../engine-crash.ts";
import { followLedger } from "../follow-ledger.ts";
import { putJson } from "../json-blob.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { appendRecord } from "../records.ts";
import { askMiner } from "./ask-miner.ts";
import { challengeMiner } from "./challenge-miner.ts";
import type { RoundTask } from "./draw.ts";
import { createFairQueue } from "./fair-queue.ts";
import { createIntake } from "./intake.ts";
import type { JudgeModels } from "./judge-models.ts";
import { type Job, planJobs, type ReadyTask } from "./plan-jobs.ts";
import type { PublicContent } from "./public-content.ts";
import { foldRound, jobPlace, ROUND_TYPES, type RoundState } from "./round-state.ts";

export interface RoundJobsOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  content: PublicContent;
  /** For subnets that challenge models. */
  models: JudgeModels | undefined;
  uid: number;
  intakePatienceMs?: number;
  maxAttempts?: number;
  perMiner?: number;
  total?: number;
}

/** Time that a job may wait for a sandbox, beside what its cases may take. */
const QUEUE_MS = 600_000;
/** A conclusion that does not come by this long after the deadline never will. */
const GRACE_MS = 60_000;

/** Questions open at once, of all miners. Waiting for an answer costs little: silent miners must not hold up the rest. */
const MOST_ASKED = 128;

export interface RoundJobs {
  /** Resolves when every job of the round has concluded. */
  run(
    state: RoundState,
    tasks: RoundTask[],
    signal: AbortSignal,
  ): Promise<{ judged: number; unjudged: number }>;
  drain(options: { deadline: number }): Promise<void>;
}

export function createRoundJobs(options: RoundJobsOptions): RoundJobs {
  const { node, subnet, ledger, content, models, uid: validator } = options;
  const { maxAttempts = 3, perMiner = 4, total = 32 } = options;
  const name = subnet.definition.name;
  const sandbox = node.client(Sandbox);
  const scorer = node.client(Scorer);
  const intake = createIntake({ node, ledger, subnet: name, patienceMs: options.intakePatienceMs ?? 60_000 });
  /** Where evidence of the open round finds its task, by task id, and what is on record. */
  let open: { round: number; tasks: ReadonlyMap<string, ReadyTask>; state?: RoundState } = {
    round: -1,
    tasks: new Map(),
  };
  /** Who waits for the conclusion of an attempt, by job id. */
  const waiting = new Map<string, (conclusion: Conclusion) => void>();

  /** `parent` is what the evidence came with: one trace follows a job from here to its score. */
  const judgeEvidence = async (
    key: JobKey,
    uid: number,
    evidence: BlobRef,
    deadline: number,
    parent?: Context,
  ) => {
    const task = key.round === open.round ? open.tasks.get(key.task) : undefined;
    if (task === undefined) return; // of a round that is closed: its attempt was given up, and is on record as such
    const earlier = open.state?.uncharged.get(jobPlace(key));
    await scorer.judge.enqueue(
      { key, uid, task: task.blob, evidence, ...(earlier === undefined ? {} : { earlier }) },
      { id: jobId(key), resultsTo: node.name, deadline, ...(parent === undefined ? {} : { parent }) },
    );
  };

  /** Records that an attempt ended without telling anything about the miner. */
  const giveUp = async (key: JobKey, uid: number, kind: string, failure: Failure) => {
    const outcome =
      failure.owner === "provider" ? "provider" : failure.code === "defect" ? "validator" : "infra";
    const detail = cutText(failure.toLine(), 1_000);
    node.log.warn("attempt given up", { ...key, detail });
    await appendRecord(ledger, name, "job.concluded", {
      key,
      uid,
      kind,
      outcome,
      score: null,
      evidence: null,
      detail,
    });
  };

  const uidOf = (submission: string): number => Number(/^u(\d+)-/.exec(submission)?.[1]);

  const failedJob = async (id: string, failure: Failure) => {
    const key = jobKey(id);
    const task = key.round === open.round ? open.tasks.get(key.task) : undefined;
    if (task !== undefined) await giveUp(key, uidOf(key.submission), task.judged.kind, failure);
  };

  /**
   * Begins with the first round that is open here: a result that a killed validator left behind belongs to the round
   * that is about to be reopened, and before that it would be taken for one of a round that is closed.
   */
  let results: Promise<readonly Served[]> | undefined;
  const takeResults = () =>
    Promise.all([
      sandbox.run.results(node.name, async (result, context) => {
        if (!result.ok) return failedJob(result.id, result.failure);
        const { key, uid, evidence } = result.value;
        await judgeEvidence(key, uid, evidence, node.clock.now() + QUEUE_MS, context);
      }),
      scorer.judge.results(node.name, async (result) => {
        if (!result.ok) await failedJob(result.id, result.failure);
      }),
    ]);

  async function ready(task: RoundTask): Promise<ReadyTask> {
    const shown = await content.publish(task.content);
    return { ...task, shown, blob: await putJson(node.blobs, task.judged) };
  }

  /** One attempt: ends when the ledger holds its conclusion. */
  async function attempt(job: Job, key: JobKey, signal: AbortSignal): Promise<Conclusion> {
    const id = jobId(key);
    const { promise: concluded, resolve } = Promise.withResolvers<Conclusion>();
    waiting.set(id, resolve);
    const giveUpFor = (failure: Failure) => giveUp(key, job.uid, job.task.judged.kind, failure);
    try {
      const deadline = await begin(job, key, signal).catch(async (thrown: unknown) => {
        const failure = Failure.from(thrown);
        if (signal.aborted || failure.retryable) throw failure;
        // It would fail the same way in the next try of the round: one job must not hold up all the others.
        await giveUpFor(failure);
        return node.clock.now();
      });
      const unrecorded = Promise.withResolvers<never>();
      const late = node.clock.after(Math.max(0, deadline + GRACE_MS - node.clock.now()), () => {
        giveUpFor(new Failure("timeout", "no conclusion of the job arrived in time")).catch(
          unrecorded.reject,
        );
      });
      const cancelled = abortion(signal);
      try {
        return await Promise.race([concluded, cancelled.promise, unrecorded.promise]);
      } finally {
        late.cancel();
        cancelled.dispose();
      }
    } finally {
      if (waiting.get(id) === resolve) waiting.delete(id);
    }
  }

  /** Puts an attempt on its way. Resolves with the time by which its conclusion should be there. */
  const begin = (job: Job, key: JobKey, signal: AbortSignal): Promise<number> =>
    job.program === undefined ? ask(job, key, signal) : runProgram(job, job.program, key);

  async function runProgram(job: Job, program: NonNullable<Job["program"]>, key: JobKey): Promise<number> {
    const kind = subnet.definition.kinds[job.task.judged.kind] as ProgramKind;
    const run = kind.run(job.task.judged as Parameters<ProgramKind["run"]>[0]);
    const limits = { ...DEFAULT_LIMITS, ...run.limits };
    const deadline = node.clock.now() + QUEUE_MS + run.cases.length * limits.wallMs;
    const work: RunJob = {
      key,
      uid: job.uid,
      program: program.held.files,
      runtime: run.runtime ?? program.held.program.runtime,
      entry: program.held.program.entry,
      ...(run.call === undefined ? {} : { call: run.call }),
      ...(run.loop === undefined ? {} : { loop: run.loop }),
      ...(run.tools === undefined ? {} : { tools: run.tools }),
      cases: await putJson(node.blobs, run.cases),
      limits,
      // The same on every validator and for every miner: chance decides nothing.
      seed: Number.parseInt(job.task.blob.sha256.slice(0, 8), 16),
      deadline,
    };
    await sandbox.run.enqueue(work, { id: jobId(key), resultsTo: node.name, deadline });
    return deadline;
  }

  async function ask(job: Job, key: JobKey, signal: AbortSignal): Promise<number> {
    const kind = subnet.definition.kinds[job.task.judged.kind];
    const observed =
      kind?.by === "inference"
        ? await challenged(kind, job, signal)
        : await answered(kind as AnswerKind, job, key, signal);
    const evidence: Evidence = { key, uid: job.uid, observed, node: node.name, at: node.clock.now() };
    const deadline = node.clock.now() + QUEUE_MS;
    await judgeEvidence(key, job.uid, await putJson(node.blobs, evidence), deadline);
    return deadline;
  }

  async function challenged(kind: InferenceKind, { uid, task }: Job, signal: AbortSignal) {
    if (models === undefined) throw new Failure("defect", "there is no model to judge challenges with");
    const drawn = task.judged as Parameters<InferenceKind["challenge"]>[0];
    const asked = Challenge.parse(kind.challenge(drawn));
    return await challengeMiner({ node, models, uid, asked, timeoutMs: kind.timeoutMs(drawn), signal });
  }

  async function answered(kind: AnswerKind, job: Job, key: JobKey, signal: AbortSignal) {
    const { judged, shown } = job.task;
    const timeoutMs = kind.timeoutMs(judged as Parameters<AnswerKind["timeoutMs"]>[0]);
    const task: PublicTask = {
      id: judged.id,
      subnet: name,
      round: key.round,
      validator,
      kind: judged.kind,
      content: shown,
      body: judged.public as Json,
      deadline: node.clock.now() + timeoutMs,
    };
    return { type: "answer" as const, ...(await askMiner(node, job.uid, task, signal)) };
  }

  return {
    async run(state, drawn, signal) {
      const { round } = state.opened;
      const tasks = await Promise.all(drawn.map(ready));
      open = { round, tasks: new Map(tasks.map((task) => [task.judged.id, task])), state };
      results ??= takeResults();
      await results.catch((thrown: unknown) => {
        results = undefined;
        throw thrown;
      });
      // Whatever ends the round ends all of its work: the next try begins with the ledger, and nothing of this one.
      const ended = new AbortController();
      const during = AbortSignal.any([signal, ended.signal]);
      const follow = (async () => {
        const events = followLedger({
          ledger,
          clock: node.clock,
          after: state.seq,
          subnet: name,
          types: ROUND_TYPES,
          signal: during,
        });
        for await (const event of events) {
          const conclusion = foldRound(state, event);
          if (conclusion !== undefined) waiting.get(jobId(conclusion.key))?.(conclusion);
        }
        // Not the end of the round: a validator that stops in the middle must leave it open.
        if (!ended.signal.aborted) throw new Failure("cancelled", "the node is stopping");
      })();

      const counts = { judged: 0, unjudged: 0 };
      const runJob = async (job: Job) => {
        const final = await conclude(job, state, during);
        if (final.score === null) counts.unjudged++;
        else counts.judged++;
      };
      const programs = createFairQueue<Job>({ perOwner: perMiner, total, run: runJob });
      const questions = createFairQueue<Job>({ perOwner: perMiner, total: MOST_ASKED, run: runJob });
      // One at a time of each miner: what is timed must not wait for another of our own.
      const challenges = createFairQueue<Job>({ perOwner: 1, total: MOST_ASKED, run: runJob });
      const queueOf = ({ task, program }: Job) => {
        if (program !== undefined) return programs;
        return subnet.definition.kinds[task.judged.kind]?.by === "inference" ? challenges : questions;
      };
      const add = (job: Job) => queueOf(job).add(job.uid, job);
      try {
        const planned = planJobs({ subnet, intake, state, tasks, add, signal: during });
        await Promise.race([
          follow,
          planned.then(() => Promise.all([programs, questions, challenges].map((queue) => queue.drained()))),
        ]);
        return counts;
      } finally {
        ended.abort();
        await follow.catch(() => {});
      }
    },
    async drain(drain) {
      const taken = await results?.catch(() => []);
      await Promise.all((taken ?? []).map((each) => each.drain(drain)));
    },
  };

  /** Attempts until one concludes for good; what is on record already is not done again. */
  async function conclude(job: Job, state: RoundState, signal: AbortSignal): Promise<Conclusion> {
    const place = jobPlace({ task: job.task.judged.id, submission: job.submission });
    let last = state.concluded.get(place);
    // Whether an engine's crashes are the program's must not hang on other failures in between.
    const most = () => maxAttempts + Math.min(state.uncharged.get(place)?.length ?? 0, CHARGED_CRASHES - 1);
    while (last === undefined || (retryable(last) && last.key.attempt < most())) {
      const key: JobKey = {
        subnet: name,
        round: state.opened.round,
        task: job.task.judged.id,
        submission: job.submission,
        attempt: (last?.key.attempt ?? 0) + 1,
      };
      last = await attempt(job, key, signal);
    }
    return last;
  }
}

/** Only what was nobody's fault but the infrastructure's or a provider's is tried again. */
const retryable = ({ outcome, score }: Conclusion): boolean =>
  score === null && (outcome === "infra" || outcome === "provider");
