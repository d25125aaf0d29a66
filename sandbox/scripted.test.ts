import { expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { DEFAULT_LIMITS, IsolateEvidence, type IsolateRequest } from "../protocol/isolate.ts";
import type { Clock } from "../runtime/ports/clock.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { createScriptedBackend } from "./scripted.ts";

const request: IsolateRequest = {
  runtime: "python",
  files: { "a.py": "" },
  entry: "a.py",
  cases: [1, 2, 3],
  limits: DEFAULT_LIMITS,
  seed: 0,
};

/** A clock whose sleeps pass at once and are written down. */
function recordingClock(slept: number[]): Clock {
  return { ...createSystemClock(), sleep: async (delayMs) => void slept.push(delayMs) };
}

test("gives each case what the script says, in valid evidence", async () => {
  const backend = createScriptedBackend({
    clock: recordingClock([]),
    script: (_, input, index) =>
      input === 2 ? { outcome: "error", detail: "two" } : { outcome: "ok", output: index },
  });
  const { cases, isolate } = IsolateEvidence.parse(await backend.run(request));
  expect(cases.map(({ outcome, output, detail }) => [outcome, output, detail])).toEqual([
    ["ok", 0, undefined],
    ["error", undefined, "two"],
    ["ok", 2, undefined],
  ]);
  expect(isolate.backend).toBe("scripted");
});

test("lets the time of its cases pass on the clock it was given, one after the other", async () => {
  const slept: number[] = [];
  const script = (_: IsolateRequest, input: unknown) => ({
    outcome: "ok" as const,
    wallMs: Number(input) * 100,
  });
  const { cases } = await createScriptedBackend({ clock: recordingClock(slept), script }).run(request);
  expect(slept).toEqual([100, 200, 300]);
  expect(cases.map(({ usage }) => usage.wallMs)).toEqual([100, 200, 300]);
});

test("throws cancelled when its signal has fired", async () => {
  const backend = createScriptedBackend({ clock: recordingClock([]), script: () => ({ outcome: "ok" }) });
  const run = backend.run(request, { signal: AbortSignal.abort() });
  expect(
    await run.then(
      () => "done",
      (error) => Failure.from(error).code,
    ),
  ).toBe("cancelled");
});
