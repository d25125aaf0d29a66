import { expect, test } from "bun:test";
import { DEFAULT_LIMITS, type IsolateRequest } from "../protocol/isolate.ts";
import { provisionWasmtime } from "../test/provision/isolates.ts";
import { manualClock } from "../test/support/manual-clock.ts";
import { controlAnswer, isControl, runControl } from "./control.ts";
import { createScriptedBackend, type ScriptedCase } from "./scripted.ts";

const MiB = 1024 * 1024;
const request = (runtime: IsolateRequest["runtime"], memoryBytes = 256 * MiB): IsolateRequest => ({
  ...{ runtime, entry: "main", files: { main: "" }, cases: [1], seed: 7 },
  // What a mechanism may be stingy with is no reason for the control to fail.
  limits: { ...DEFAULT_LIMITS, memoryBytes, wallMs: 1, cpuMs: 1, fuel: 1, outputBytes: 1 },
});

test("a machine that works runs the control well in every language, and holds half of the memory that was granted", async () => {
  const backend = await provisionWasmtime();
  try {
    for (const runtime of backend.runtimes) {
      for (const memoryBytes of [MiB, 512 * MiB]) {
        const { good, controls } = await runControl(backend, request(runtime, memoryBytes), {
          salt: runtime,
        });
        expect({ runtime, good, runs: controls.length }).toEqual({ runtime, good: true, runs: 3 });
        if (runtime === "wasm") continue;
        expect(controls[0]!.usage.peakBytes ?? 0).toBeGreaterThan(Math.max(memoryBytes, 256 * MiB) / 2);
      }
    }
  } finally {
    await backend.close();
  }
}, 60_000);

const FAULTS: readonly (readonly [string, ScriptedCase])[] = [
  ["breaks down", { outcome: "infra" }],
  ["gives another answer", { outcome: "ok", output: [1, 2] }],
  ["gives none", { outcome: "error" }],
];
test.each(FAULTS)(
  "a machine where the control %s is not sound, be it the last time only",
  async (_, fault) => {
    for (const last of [1, 3]) {
      let runs = 0;
      const backend = createScriptedBackend({
        clock: manualClock(),
        script: (asked) => (++runs === last ? fault : { outcome: "ok", output: controlAnswer(asked) }),
      });
      const { good, controls } = await runControl(backend, request("python"), { salt: "" });
      expect({ good, runs: controls.length }).toEqual({ good: false, runs: last });
    }
  },
);

test("a simulated isolate can tell the control from a submission", async () => {
  const seen: boolean[] = [];
  const backend = createScriptedBackend({
    clock: manualClock(),
    script(asked) {
      seen.push(isControl(asked));
      return { outcome: "ok", output: controlAnswer(asked) };
    },
  });
  expect((await runControl(backend, request("javascript"), { salt: "" })).good).toBe(true);
  await backend.run(request("javascript"));
  expect(seen).toEqual([true, true, true, false]);
});
