import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { scriptedCard } from "../../models/scripted/card.ts";
import type { Evidence } from "../../protocol/evidence.ts";
import { type CaseResult, DEFAULT_LIMITS, type IsolateOutcome } from "../../protocol/isolate.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import { answerTask, defineSubnet, inferenceTask, programTask } from "../../protocol/subnet.ts";
import { judge } from "./judge.ts";

const subnet = defineSubnet({
  name: "sums",
  version: 1,
  summary: "Adds numbers.",
  params: z.object({}),
  kinds: {
    add: programTask({
      public: z.object({}),
      sealed: z.object({ sums: z.array(z.number()) }),
      run: () => ({ cases: [] }),
      score({ task, cases }) {
        const right = cases.filter(({ output }, i) => output === task.sealed.sums[i]).length;
        if (task.sealed.sums[0] === 13) throw new Error("bad luck");
        const accuracy = right / task.sealed.sums.length;
        return { outcome: accuracy === 1 ? "ok" : "wrong", accuracy, reward: accuracy };
      },
    }),
    say: answerTask({
      public: z.object({}),
      sealed: z.object({ word: z.string() }),
      timeoutMs: () => 1_000,
      score: ({ task, answer }) =>
        answer.text === task.sealed.word
          ? { outcome: "ok", accuracy: 1, reward: 1 }
          : { outcome: "wrong", accuracy: 0, reward: 0 },
    }),
    serve: inferenceTask({
      public: z.object({}),
      sealed: z.object({}),
      challenge: () => ({ model: "m", prompt: [1], steps: 1, tokensPerStep: 1, nonceTokens: 1 }),
      timeoutMs: () => 1_000,
      score: ({ inference: { verdict } }) => ({
        ...{ outcome: verdict.accepted ? "ok" : "wrong", accuracy: 1, reward: 1 },
      }),
    }),
  },
  draw: () => [],
  rank: (previous) => previous,
  weigh: () => new Map(),
});

const result = (outcome: IsolateOutcome, output?: number): CaseResult => ({
  outcome,
  ...(output === undefined ? {} : { output }),
  stdout: "",
  stderr: "",
  usage: { wallMs: 1, cpuMs: 1, fuel: 1, peakBytes: 1 },
});

const evidence = (observed: Evidence["observed"]): Evidence => ({
  key: { subnet: "sums", round: 1, task: "t", submission: "u3-x", attempt: 1 },
  uid: 3,
  observed,
  node: "n",
  at: 0,
});

const ran = (...cases: CaseResult[]) =>
  evidence({
    type: "program",
    run: {
      cases,
      isolate: {
        backend: "scripted",
        engine: "e",
        runtime: "python",
        digest: "0".repeat(64),
        limits: DEFAULT_LIMITS,
      },
    },
  });

const said = (outcome: Outcome, text = "") =>
  evidence({
    type: "answer",
    outcome,
    content: [{ type: "text", text }],
    usage: { firstTokenMs: 1, totalMs: 2, chunks: 1, bytes: text.length },
  });

const card = scriptedCard({ id: "m", seed: 1, contextLength: 100 });
const challenged = (changes: object = {}) =>
  evidence({
    ...{ type: "inference", outcome: "ok", model: "m", promptTokens: 1, seed: "0".repeat(64) },
    checked: [{ position: 2, token: 7, logprob: -1, own: -1, best: -1 }],
    ...{ firstTokenMs: [1], stepMs: [1], claimed: null, own: card },
    ...changes,
  });

const add = { id: "t", kind: "add", public: {}, sealed: { sums: [3, 7] } };
const serve = { id: "t", kind: "serve", public: {}, sealed: {} };
const say = { id: "t", kind: "say", public: {}, sealed: { word: "orrery" } };

describe("judging evidence", () => {
  test("a mechanism that throws costs the miner nothing and is named", () => {
    const judgement = judge(subnet, { ...add, sealed: { sums: [13] } }, ran(result("ok", 13)));
    expect(judgement).toEqual({
      verdict: null,
      outcome: "validator",
      detail: "sums.add could not judge: bad luck",
    });
  });

  test("an isolate's own failure in any case judges nothing", () => {
    for (const outcome of ["infra", "cancelled"] as const) {
      expect(judge(subnet, add, ran(result("ok", 3), result(outcome)))).toMatchObject({
        verdict: null,
        outcome: "infra",
      });
    }
  });

  test("sealed parts that break their schema are the validator's fault", () => {
    expect(judge(subnet, { ...add, sealed: { sums: "3" } }, ran(result("ok", 3)))).toMatchObject({
      verdict: null,
      outcome: "validator",
    });
  });

  test("an unknown kind, or evidence of the other sort, is the validator's fault", () => {
    expect(judge(subnet, { ...add, kind: "divide" }, ran())).toMatchObject({ outcome: "validator" });
    expect(judge(subnet, add, said("ok"))).toMatchObject({ outcome: "validator" });
    expect(judge(subnet, say, ran())).toMatchObject({ outcome: "validator" });
  });

  test.each(["timeout", "refused", "malformed", "limit", "policy"] as const)(
    "a miner whose answer ended as %s is judged with nothing",
    (outcome) => {
      expect(judge(subnet, say, said(outcome))).toEqual({ verdict: { outcome, accuracy: 0, reward: 0 } });
    },
  );

  test("claims are compared anew, and a challenge that its model cannot judge costs the miner nothing", () => {
    expect(judge(subnet, serve, challenged())).toMatchObject({ verdict: { outcome: "ok" } });
    const off = [{ position: 2, token: 7, logprob: -2, own: -1, best: -1 }];
    expect(judge(subnet, serve, challenged({ checked: off }))).toMatchObject({
      verdict: { outcome: "wrong" },
    });
    const late = challenged({ outcome: "timeout", detail: "late" });
    expect(judge(subnet, serve, late)).toMatchObject({ verdict: { outcome: "timeout", reward: 0 } });
    for (const changes of [
      { own: null },
      { own: { ...card, id: "n" } },
      { checked: [] },
      { outcome: "infra" },
    ]) {
      expect(judge(subnet, serve, challenged(changes))).toMatchObject({ verdict: null });
    }
    expect(judge(subnet, say, challenged())).toMatchObject({ outcome: "validator" });
    expect(judge(subnet, serve, said("ok"))).toMatchObject({ outcome: "validator" });
  });

  test.each(["infra", "provider", "validator"] as const)("an answer lost to %s is not judged", (outcome) => {
    expect(judge(subnet, say, said(outcome))).toMatchObject({ verdict: null, outcome });
  });

  test("what is right is scored by the mechanism, and twice the same", () => {
    expect(judge(subnet, add, ran(result("ok", 3), result("error")))).toEqual({
      verdict: { outcome: "wrong", accuracy: 0.5, reward: 0.5 },
    });
    expect(judge(subnet, say, said("ok", "orrery"))).toEqual(judge(subnet, say, said("ok", "orrery")));
  });
});
