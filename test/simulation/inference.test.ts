/** A subnet whose miners serve a model, on virtual time: honest ones beside all who would rather not run it. */
import { describe, expect, test } from "bun:test";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { type SimulateOptions, type SimulationReport, simulate } from "../../actors/simulation/simulate.ts";
import { modelNodeOf } from "../../actors/simulation/subnet-world.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { openLedger } from "../../ledger/open.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { inference } from "../../subnets/inference/index.ts";
import { scriptedModel } from "../../subnets/inference/scripted.ts";

/** All tricks, and two honest miners for each. */
const MINERS = 24;
const ROUND_MS = 1_200_000;

const options = (seed: string, more: Partial<SimulateOptions> = {}): SimulateOptions => ({
  subnet: prepareSubnet(inference, { params: { challenges: 1, timeoutMs: 60_000 } }),
  script: { model: scriptedModel },
  miners: MINERS,
  validators: 1,
  hours: 0.5 / 3,
  seed,
  roundBlocks: 100,
  openLedger: (world) => openLedger(":memory:", { clock: world.clock }),
  log: silentLogger,
  ...more,
});

const conductOf = (miner: string): string =>
  scriptedModel({ nth: Number(miner.split("-")[1]), skill: 1 }).conduct;

/** What each conduct came to: outcomes of all miners with it. */
function outcomesByConduct({ standings }: SimulationReport): Record<string, string[]> {
  const seen: Record<string, string[]> = {};
  for (const { miner, outcomes } of standings) (seen[conductOf(miner)] ??= []).push(...Object.keys(outcomes));
  return Object.fromEntries(Object.entries(seen).map(([name, all]) => [name, [...new Set(all)]]));
}

describe("miners that serve a model", () => {
  test("earn when they are honest, and nothing by any trick, over four seeds", async () => {
    for (let n = 0; n < 4; n++) {
      const report = await simulate(options(`conduct-${n}`));
      expect(outcomesByConduct(report)).toEqual({
        honest: ["ok"],
        requantised: ["wrong"],
        "other-model": ["wrong"],
        lying: ["wrong"],
        replaying: ["wrong"],
        refusing: ["refused"],
        silent: ["policy"],
        garbled: ["malformed"],
        hanging: ["timeout"],
      });
      const earning = report.standings
        .filter(({ reward }) => reward > 0)
        .map(({ miner }) => conductOf(miner));
      expect(earning).toEqual(Array(16).fill("honest"));
    }
  }, 60_000);

  test("earn by their speed, as the validator's clock has it", async () => {
    const { standings } = await simulate(options("speed", { miners: 6 }));
    const skills = new Map(standings.map(({ miner, reward }) => [miner, reward]));
    const fast = await simulate(
      options("speed", {
        miners: 6,
        script: { model: (work) => ({ ...scriptedModel(work), tokensPerSecond: 1_000 }) },
      }),
    );
    for (const { miner, reward } of fast.standings) {
      if (conductOf(miner) === "honest") expect(reward).toBeGreaterThan(skills.get(miner) ?? 1);
    }
  }, 30_000);

  test("are charged for no crash in mid-challenge: not the validator's, not its model's, over 15 seeds", async () => {
    for (let n = 0; n < 15; n++) {
      const seed = `crash-${n}`;
      const few = { miners: 6 };
      const undisturbed = outcomes(await simulate(options(seed, few)));
      const rng = createSeededRng(n + 1);
      const told: string[] = [];
      const disturbed = await simulate(
        options(seed, {
          ...few,
          prepare({ world }) {
            const victim = ["validator-0", modelNodeOf("validator-0"), "miner-0"][n % 3]!;
            const at = rng.integer(n % 2 === 0 ? 8_000 : 60_000);
            const downMs = 100 + rng.integer(20_000);
            told.push(`${victim} at ${at} ms for ${downMs} ms`);
            world.clock.after(at, () => world.kill(victim));
            world.clock.after(at + downMs, () => world.restart(victim));
          },
        }),
      );
      expect({ seed, told, outcomes: outcomes(disturbed) }).toEqual({ seed, told, outcomes: undisturbed });
    }
  }, 60_000);

  test("wait for a validator whose model is not there, and are judged when it is", async () => {
    const late = await simulate(
      options("late", {
        miners: 3,
        prepare({ world }) {
          world.kill(modelNodeOf("validator-0"));
          world.clock.after(ROUND_MS / 4, () => world.restart(modelNodeOf("validator-0")));
        },
      }),
    );
    expect(late.outcomes).toEqual({ ok: 2, wrong: 1 });
  });
});

/** Round, task, miner, outcome and accuracy; how fast a miner was differs when something failed. */
const outcomes = ({ scores }: SimulationReport): string[] =>
  scores.map((score) => score.split(" ").slice(1, -1).join(" "));
