import { expect, test } from "bun:test";
import { createHarness, goodMiner } from "../../test/support/subnet-harness.ts";

test("outputs that are too large all together cost the miner, instead of being retried as nobody's fault", async () => {
  const huge = "x".repeat(65 * 1024 * 1024);
  await using harness = await createHarness({
    miners: {
      good: goodMiner,
      huge: {
        ...goodMiner,
        program: async () => ({ runtime: "python", entry: "huge.py", files: { "huge.py": "" } }),
      },
    },
    params: { sums: 1 },
    script: (request, input) => {
      const [a, b] = input as [number, number];
      return { outcome: "ok", output: request.entry === "huge.py" ? huge : a + b };
    },
  });
  await harness.world.advance(60_000);
  expect(await harness.outcomes()).toEqual({
    good: { "sum-0": "ok", "word-0": "ok" },
    huge: { "sum-0": "wrong", "word-0": "ok" },
  });
});

test("a sandbox counts what its isolates came to", async () => {
  await using harness = await createHarness({
    miners: { good: goodMiner },
    params: { sums: 3 },
    script: () => ({ outcome: "fuel-limit" }),
  });
  await harness.world.advance(60_000);
  const metrics = await harness.validator().metrics.render();
  expect(metrics).toMatch(/orrery_isolate_cases_total\{[^}]*outcome="fuel-limit"[^}]*\} 3/);
  expect(metrics).toMatch(/orrery_sandbox_running(\{[^}]*\})? 0/);
});
