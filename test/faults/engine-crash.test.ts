/** Programs that break isolates down, and sandboxes that are broken: the two look alike, and only one of them is charged. */
import { expect, test } from "bun:test";
import type { Json } from "../../protocol/ids.ts";
import type { IsolateRequest } from "../../protocol/isolate.ts";
import { controlAnswer, isControl } from "../../sandbox/control.ts";
import type { ScriptedCase } from "../../sandbox/scripted.ts";
import { createHarness, goodMiner, type Harness } from "../support/subnet-harness.ts";

const ROUND_MS = 120_000;
const GOOD = { "sum-0": "ok", "sum-1": "ok", "word-0": "ok" };
const CRASH: ScriptedCase = { outcome: "infra", detail: "exit code 132" };

const miners = {
  good: goodMiner,
  poison: {
    ...goodMiner,
    program: async () => ({ runtime: "python", entry: "poison.py", files: { "poison.py": "" } }) as const,
  },
};

function sound(request: IsolateRequest, input: Json | undefined): ScriptedCase {
  if (isControl(request)) return { outcome: "ok", output: controlAnswer(request) };
  const [a, b] = input as [number, number];
  return { outcome: "ok", output: a + b };
}

const isPoison = ({ entry }: IsolateRequest): boolean => entry === "poison.py";

async function closed(harness: Harness): Promise<void> {
  await harness.world.advance(ROUND_MS);
  expect((await harness.events("round.closed")).map(({ key }) => key)).toContain("0");
}

const ofPoison = async (harness: Harness) =>
  (await harness.concluded()).filter(({ uid, key }) => uid === 2 && key.round === 0 && key.task === "sum-0");

test("a program that breaks isolates down every time is charged for it, and holds up nobody", async () => {
  await using harness = await createHarness({
    miners,
    script: (request, input) => (isPoison(request) ? CRASH : sound(request, input)),
  });
  await closed(harness);
  expect(await harness.outcomes()).toEqual({
    good: GOOD,
    poison: { "sum-0": "policy", "sum-1": "policy", "word-0": "ok" },
  });
  const attempts = await ofPoison(harness);
  expect(attempts.map(({ outcome, score }) => [outcome, score?.reward ?? null])).toEqual([
    ["infra", null],
    ["infra", null],
    ["policy", 0],
  ]);
  for (const [at, { detail, score, evidence }] of attempts.entries()) {
    expect(detail ?? JSON.stringify(score?.detail)).toContain(`right after: ${at + 1} of 3 times`);
    expect(evidence).not.toBeNull();
  }
});

test("a validator that is killed in between forgets no crash", async () => {
  await using harness = await createHarness({
    miners,
    script: (request, input) => (isPoison(request) ? { ...CRASH, wallMs: 5_000 } : sound(request, input)),
  });
  while ((await ofPoison(harness)).length < 2) await harness.world.advance(500);
  harness.world.restart("validator");
  await harness.world.advance(10 * ROUND_MS);
  expect((await ofPoison(harness)).map(({ outcome }) => outcome)).toEqual(["infra", "infra", "policy"]);
});

test("where isolates are broken for everybody, nobody is charged, and the sandbox says so", async () => {
  await using harness = await createHarness({ miners, script: () => CRASH });
  await harness.world.advance(3_600_000);
  const outcomes = await harness.outcomes();
  expect(outcomes.good).toEqual({ "sum-0": "infra", "sum-1": "infra", "word-0": "ok" });
  expect(outcomes.poison).toEqual(outcomes.good!);
  expect((await harness.concluded()).every(({ outcome }) => outcome !== "policy")).toBe(true);
  expect(harness.logged.map(({ message }) => message)).toContain(
    "isolates are broken here: a program known to be good fails in them too",
  );
});

test("crashes of a program that also comes through are not charged: what it came to then is judged", async () => {
  const runs = new Map<string, number>();
  await using harness = await createHarness({
    miners,
    script(request, input) {
      if (isControl(request)) return sound(request, input);
      const key = `${request.entry}/${request.seed}`;
      runs.set(key, (runs.get(key) ?? 0) + 1);
      return runs.get(key)! <= 2 ? CRASH : sound(request, input);
    },
  });
  await closed(harness);
  expect(await harness.outcomes()).toEqual({ good: GOOD, poison: GOOD });
});

test("a machine that breaks down every other time charges nobody", async () => {
  let runs = 0;
  await using harness = await createHarness({
    miners,
    script: (request, input) => (runs++ % 2 === 0 ? CRASH : sound(request, input)),
  });
  await closed(harness);
  expect(await harness.outcomes()).toEqual({ good: GOOD, poison: GOOD });
});
