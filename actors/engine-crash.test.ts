import { describe, expect, test } from "bun:test";
import { Evidence } from "../protocol/evidence.ts";
import { type CaseResult, DEFAULT_LIMITS, type IsolateOutcome } from "../protocol/isolate.ts";
import { CHARGED_CRASHES, isEngineCrash, judgeEngineCrash } from "./engine-crash.ts";

const result = (outcome: IsolateOutcome, detail = ""): CaseResult => ({
  ...{ outcome, detail, stdout: "", stderr: "" },
  usage: { wallMs: 1, cpuMs: null, fuel: null, peakBytes: null },
});

interface Told {
  attempt?: number;
  task?: string;
  uid?: number;
  node?: string;
  outcome?: IsolateOutcome;
  control?: IsolateOutcome | "none";
}

const told = (what: Told = {}): Evidence => {
  const { attempt = 1, task = "t", uid = 3, node = "a", outcome = "infra", control = "ok" } = what;
  return Evidence.parse({
    key: { subnet: "sums", round: 1, task, submission: "u3-x", attempt },
    ...{ uid, node, at: 0 },
    observed: {
      type: "program",
      run: {
        cases: [result("ok"), result(outcome, "exit code 132")],
        isolate: {
          ...{ backend: "wasmtime", engine: "e", runtime: "python", digest: "0".repeat(64) },
          limits: DEFAULT_LIMITS,
        },
      },
      ...(control === "none" ? {} : { controls: [result("ok"), result(control)] }),
    },
  });
};

const charged = (...evidence: Evidence[]) =>
  judgeEngineCrash(evidence.at(-1)!, evidence.slice(0, -1)).verdict !== null;

describe("an engine crash is", () => {
  test("an isolate that broke down where a known-good program ran well right after", () => {
    expect(isEngineCrash(told())).toBe(true);
  });

  test.each([
    ["nothing, when the program ended by itself", { outcome: "error" }],
    ["the machine's, when the control fails there as well", { control: "infra" }],
    ["the machine's, when the control gives no answer", { control: "error" }],
    ["nobody's, when no control was run", { control: "none" }],
  ] as const)("%s", (_, what) => {
    expect(isEngineCrash(told(what))).toBe(false);
  });
});

describe("engine crashes are charged", () => {
  test("after so many of one program on one task, and not before", () => {
    const attempts = Array.from({ length: CHARGED_CRASHES }, (_, at) => told({ attempt: at + 1 }));
    expect(charged(...attempts)).toBe(true);
    expect(charged(...attempts.slice(1))).toBe(false);
  });

  test("with no reward, and with a reason that says how often, where and how", () => {
    const { verdict } = judgeEngineCrash(told({ attempt: 3, node: "b" }), [told(), told({ attempt: 2 })]);
    expect(verdict).toEqual({
      ...{ outcome: "policy", accuracy: 0, reward: 0 },
      detail: {
        reason:
          "the isolate broke down under the program, a known-good program ran well right after: 3 of 3 times before it is charged, on a, b (exit code 132)",
        nodes: ["a", "b"],
      },
    });
  });

  test.each([
    ["another task", { task: "other" }],
    ["another miner", { uid: 4 }],
    ["the same attempt, counted twice", { attempt: 3 }],
    ["a broken machine", { control: "infra" }],
    ["an attempt that did not crash", { outcome: "ok" }],
  ] as const)("not for evidence of %s", (_, what) => {
    expect(charged(told(), told({ attempt: 2, ...what }), told({ attempt: 3 }))).toBe(false);
  });

  test("to nobody before, and whoever reads the ledger sees how far it is", () => {
    expect(judgeEngineCrash(told({ attempt: 2 }), [told()])).toMatchObject({
      ...{ verdict: null, outcome: "infra" },
      detail: expect.stringContaining("2 of 3"),
    });
  });
});
