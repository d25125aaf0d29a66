/** Whole subnets on virtual time: what must hold whatever fails, and that a seed decides everything. */
import { describe, expect, test } from "bun:test";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { type SimulateOptions, simulate } from "../../actors/simulation/simulate.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { openLedger } from "../../ledger/open.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { longcontext } from "../../subnets/longcontext/index.ts";
import { scriptedAnswer, scriptedCase } from "../../subnets/longcontext/scripted.ts";

const MINUTES = 1 / 60;
/** Two rounds of 20 minutes; the second has time to close. */
const HOURS = 35 * MINUTES;

const options = (seed: string, more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  subnet: prepareSubnet(longcontext, {
    params: { codeTasks: 2, codeTests: 2, codeSize: 4, readingTokens: [1_000], answerMs: 60_000 },
  }),
  script: { case: scriptedCase, answer: scriptedAnswer },
  miners: 3,
  validators: 2,
  hours: HOURS,
  seed,
  roundBlocks: 100,
  openLedger: (world) => openLedger(":memory:", { clock: world.clock }),
  log: silentLogger,
  ...more,
});

/** 2 rounds × 2 validators × 3 miners × 3 tasks. */
const JOBS = 36;

describe("a simulated subnet", () => {
  test("goes the same way twice from one seed, in one process and in another", async () => {
    const here = await simulate(options("7"));
    const again = await simulate(options("7"));
    expect(again).toEqual(here);
    const args = ["--hours", "1", "--miners", "3", "--validators", "2", "--seed", "7", "--json"];
    const [first, second] = await Promise.all([cli(args), cli(args)]);
    expect(first.eventLogSha256).toMatch(/^[0-9a-f]{64}$/);
    expect(second.eventLogSha256).toBe(first.eventLogSha256);
  }, 60_000);

  test("goes another way from another seed", async () => {
    const [one, other] = [await simulate(options("7")), await simulate(options("8"))];
    expect(other.eventLogSha256).not.toBe(one.eventLogSha256);
    expect(other.scores).not.toEqual(one.scores);
  });

  test("judges every job once on every validator, alike, and sets weights", async () => {
    const { scores, weights, outcomes } = await simulate(options("3"));
    expect(scores).toHaveLength(JOBS);
    expect(new Set(scores.map((score) => score.split(" ").slice(0, 4).join(" "))).size).toBe(JOBS);
    const of = (validator: string) =>
      scores
        .filter((score) => score.startsWith(`${validator} `))
        .map((score) => score.slice(validator.length));
    expect(of("validator-1")).toEqual(of("validator-0"));
    expect(weights.map(({ validator }) => validator)).toEqual(["validator-0", "validator-1"]);
    expect(weights[1]?.vector).toEqual(weights[0]!.vector);
    expect(Object.keys(outcomes).filter((name) => ["infra", "validator", "provider"].includes(name))).toEqual(
      [],
    );
  });

  test("scores the same whichever node is killed and restarted at whatever moment, over 50 seeds", async () => {
    for (let n = 0; n < 50; n++) {
      const seed = `kill-${n}`;
      const undisturbed = await simulate(options(seed));
      expect(undisturbed.scores).toHaveLength(JOBS);
      const rng = createSeededRng(n + 1);
      const told: string[] = [];
      const disturbed = await simulate(
        options(seed, {
          prepare({ world, neurons }) {
            // Most work is done in the first seconds of a round: that is where a crash hurts.
            const victim = neurons[rng.integer(neurons.length)]!;
            const round = rng.integer(2) * 1_200_000;
            const at = round + (rng.next() < 0.8 ? rng.integer(15_000) : rng.integer(600_000));
            const downMs = 100 + rng.integer(20_000);
            told.push(`${victim} at ${at} ms for ${downMs} ms`);
            world.clock.after(at, () => world.kill(victim));
            world.clock.after(at + downMs, () => world.restart(victim));
          },
        }),
      );
      expect({ seed, told, scores: disturbed.scores }).toEqual({ seed, told, scores: undisturbed.scores });
      expect(disturbed.eventLogSha256).not.toBe(undisturbed.eventLogSha256);
    }
  }, 180_000);

  test("loses and repeats nothing when messages are delayed, dropped, doubled and reordered", async () => {
    for (const seed of ["storm-1", "storm-2", "storm-3"]) {
      const undisturbed = await simulate(options(seed));
      const stormy = await simulate(
        options(seed, {
          // The storm begins when all have started: a node that cannot reach its broker at all does not start.
          prepare({ world }) {
            world.clock.after(100, () => {
              world.network.delay("*", "*", 20, 200);
              world.network.drop("*", "*", 0.02);
              world.network.duplicate("*", "*", 0.05);
              world.network.reorder("*", "*", 0.05, 500);
            });
          },
        }),
      );
      expect(stormy.scores).toEqual(undisturbed.scores);
    }
  }, 60_000);
});

async function cli(args: string[]): Promise<{ eventLogSha256: string }> {
  const child = Bun.spawn([process.execPath, "cli/main.ts", "simulate", ...args], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const [code, text] = await Promise.all([child.exited, new Response(child.stdout).text()]);
  expect(code).toBe(0);
  return JSON.parse(text) as { eventLogSha256: string };
}
