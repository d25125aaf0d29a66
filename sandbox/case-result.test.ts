import { expect, test } from "bun:test";
import { DEFAULT_LIMITS, type IsolateOutcome } from "../protocol/isolate.ts";
import { caseResult } from "./case-result.ts";

const limits = { ...DEFAULT_LIMITS, wallMs: 100 };
const came = (outcome: IsolateOutcome, wallMs: number) =>
  caseResult(
    { outcome, ...(outcome === "ok" ? { output: 1 } : { detail: "why" }) },
    { stdout: "", stderr: "", usage: { wallMs, cpuMs: null, fuel: null, peakBytes: null } },
    limits,
  );

test.each(["ok", "error", "malformed"] as const)(
  "%s in time is what it is, and later a timeout without output",
  (outcome) => {
    expect(came(outcome, 100).outcome).toBe(outcome);
    const late = came(outcome, 100.1);
    expect(late).toMatchObject({ outcome: "timeout", detail: "ran or slept longer than 100 ms" });
    expect(late).not.toHaveProperty("output");
  },
);

test.each(["fuel-limit", "memory-limit", "output-limit", "policy", "infra"] as const)(
  "%s stays that however late: it was reached on the way, and a slow machine must not judge otherwise",
  (outcome) => {
    expect(came(outcome, 1_000).outcome).toBe(outcome);
  },
);
