/** Ledger events as a subnet's life writes them, for tests of what people see of it. */
import { z } from "zod";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { record } from "../../actors/records.ts";
import type { NewEvent } from "../../ledger/ledger.ts";
import { scriptedCard } from "../../models/scripted/card.ts";
import type { BlobRef } from "../../protocol/blob.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import type { Json } from "../../protocol/ids.ts";
import { isJudged, type Outcome } from "../../protocol/outcome.ts";
import { defineSubnet, programTask } from "../../protocol/subnet.ts";

export const SUBNET = "story";

/** Ranks by the mean accuracy of all rounds. */
export const subnet = prepareSubnet(
  defineSubnet({
    name: SUBNET,
    version: 1,
    summary: "Sums, judged in an isolate",
    params: z.object({}),
    kinds: {
      code: programTask({
        public: z.object({}),
        sealed: z.object({}),
        run: () => ({ cases: [] }),
        score: () => ({ outcome: "ok", accuracy: 1, reward: 1 }),
      }),
    },
    draw: () => [],
    rank: (previous, { scores }) => {
      const jobs = previous.jobs + scores.length;
      const right = scores.reduce((sum, { accuracy }) => sum + accuracy, previous.accuracy * previous.jobs);
      const outcomes = { ...previous.outcomes };
      for (const { outcome } of scores) outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
      const accuracy = jobs === 0 ? 0 : right / jobs;
      return { ...previous, rounds: previous.rounds + 1, jobs, accuracy, reward: accuracy, outcomes };
    },
    weigh: () => new Map(),
  }),
);

const ALPHABET = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";
/** A well-formed hotkey of nobody's, different for each number. */
export const hotkey = (number: number): string =>
  `5${"F".repeat(44)}${ALPHABET[Math.floor(number / 58) % 58]}${ALPHABET[number % 58]}`;

export const TASKS = ["code-1", "code-2", "code-3"];
const DIGEST = "ab".repeat(32);

export interface Seat {
  uid: number;
  hotkey: string;
}
export const seats = (count: number): Seat[] =>
  Array.from({ length: count }, (_, index) => ({ uid: index + 1, hotkey: hotkey(index + 1) }));

export const opened = (round: number, miners: Seat[], tasks = TASKS): NewEvent =>
  record(SUBNET, "round.opened", {
    round,
    block: round * 10,
    seed: "0x01",
    mechanism: { name: SUBNET, version: 1 },
    tasks: tasks.map((id) => ({ id, kind: "code", public: DIGEST, sealed: DIGEST })),
    miners,
  });

export const absent = (round: number, { uid, hotkey: key }: Seat): NewEvent =>
  record(SUBNET, "miner.absent", { round, kind: "code", uid, hotkey: key, reason: "no answer" });

export interface JobOptions {
  outcome?: Outcome;
  accuracy?: number;
  attempt?: number;
  evidence?: BlobRef;
  detail?: Json;
}

export const jobKey = (round: number, uid: number, task: string, attempt = 1) => ({
  ...{ subnet: SUBNET, round, task, attempt },
  submission: `u${uid}-x`,
});

export function concluded(round: number, uid: number, task: string, options: JobOptions = {}): NewEvent {
  const { outcome = "ok", accuracy = outcome === "ok" ? 1 : 0, attempt, evidence = null, detail } = options;
  const key = jobKey(round, uid, task, attempt);
  const verdict = { outcome, accuracy, reward: accuracy, ...(detail === undefined ? {} : { detail }) };
  const score = isJudged(outcome) ? { key, uid, kind: "code", ...verdict } : null;
  return record(SUBNET, "job.concluded", { key, uid, kind: "code", outcome, score, evidence });
}

export const closed = (round: number): NewEvent =>
  record(SUBNET, "round.closed", { round, judged: 0, unjudged: 0, at: 0 });

/** `values` by uid from 1. */
export const decided = (epoch: number, round: number, values: number[]): NewEvent =>
  record(SUBNET, "weights.decided", {
    ...{ subnet: SUBNET, netuid: 1, epoch, round, hotkey: hotkey(0), at: 0, signature: "00" },
    vector: { uids: values.map((_, index) => index + 1), values },
    ledger: { seq: 1, hash: DIGEST },
    metagraph: { block: 1, hash: "0x01" },
  });

export const set = (epoch: number, round: number): NewEvent =>
  record(SUBNET, "weights.set", { epoch, round, block: epoch * 10, hash: "0x02" });

export const refused = (epoch: number, round: number, reason: string): NewEvent =>
  record(SUBNET, "weights.refused", { epoch, round, reason });

/** A whole round in which everyone solves everything, but the last, who solves nothing. */
export const wholeRound = (round: number, miners: Seat[]): NewEvent[] => [
  opened(round, miners),
  ...miners.flatMap(({ uid }, index) =>
    TASKS.map((task) =>
      concluded(round, uid, task, { outcome: index === miners.length - 1 ? "timeout" : "ok" }),
    ),
  ),
  closed(round),
];

/** What a sandbox saw of a program that printed and returned this. */
export const programEvidence = (
  { round, uid, task }: { round: number; uid: number; task: string },
  { stdout, output, detail = "" }: { stdout: string; output: Json; detail?: string },
): Evidence => ({
  key: jobKey(round, uid, task),
  uid,
  node: "sandbox-1",
  at: 1_700_000_000_000,
  observed: {
    type: "program",
    run: {
      cases: [
        {
          ...{ outcome: "ok", output, detail, stdout, stderr: "" },
          usage: { wallMs: 12.5, cpuMs: 10, fuel: 640_000_000, peakBytes: 1_048_576 },
        },
      ],
      isolate: {
        ...{ backend: "scripted", engine: "scripted 1", runtime: "python", digest: DIGEST },
        limits: {
          ...{ wallMs: 1_000, cpuMs: 1_000, fuel: 1_000_000_000, memoryBytes: 1_048_576 },
          ...{ outputBytes: 65_536, processes: 1, diskBytes: 0 },
        },
      },
    },
  },
});

/** What was observed of a miner whose model was challenged: every claim off by `deviation` nats, every token by `regret`. */
export const challengeEvidence = (
  { round, uid, task }: { round: number; uid: number; task: string },
  { deviation, regret }: { deviation: number; regret: number },
): Evidence => ({
  ...{ key: jobKey(round, uid, task), uid, node: "validator-1", at: 1_700_000_000_000 },
  observed: {
    ...{ type: "inference", outcome: "ok", model: "smollm2", promptTokens: 40, seed: DIGEST },
    ...{ firstTokenMs: Array(16).fill(40), stepMs: Array(16).fill(210) },
    checked: Array.from({ length: 96 }, (_, at) => {
      const [own, wave] = [-0.4 - (at % 7) / 10, Math.abs(Math.sin(at))];
      const claim = { position: 41 + at, token: 300 + at, logprob: own - 2 * deviation * wave };
      return { ...claim, own, best: at % 2 === 0 ? own : Math.min(0, own + 2 * regret * wave) };
    }),
    claimed: scriptedCard({ id: "smollm2", seed: 0, contextLength: 8_192 }),
    own: scriptedCard({ id: "smollm2", seed: 0, contextLength: 8_192 }),
  },
});
