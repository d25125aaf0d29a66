/** How much faster than real time a subnet of full size goes on virtual time, as `bun run simulate` starts it. */
import { fileURLToPath } from "node:url";
import { z } from "zod";
import { type BenchRow, median } from "./row.ts";

const MINERS = 20;
const VALIDATORS = 4;
/** Long enough that start-up, a fraction of a second, does not count. */
const HOURS = 3;
const REPEATS = 3;
const GOAL = 500;
const CLI = fileURLToPath(new URL("../../cli/main.ts", import.meta.url));

const Report = z.object({ timesRealTime: z.number(), rounds: z.number(), jobs: z.number() });

export async function simulationRows(): Promise<BenchRow[]> {
  const speeds: number[] = [];
  for (let seed = 1; seed <= REPEATS; seed++) speeds.push((await simulated(seed)).timesRealTime);
  const value = median(speeds);
  return [
    {
      name: `simulation, ${MINERS} miners and ${VALIDATORS} validators`,
      value,
      unit: "× real time",
      floor: null,
      ratio: null,
      goal: `≥ ${GOAL} × real time`,
      holds: value >= GOAL,
    },
  ];
}

/** A process of its own, so that no other bench's heap slows it. */
async function simulated(seed: number): Promise<z.output<typeof Report>> {
  const args = { miners: MINERS, validators: VALIDATORS, hours: HOURS, seed };
  const flags = Object.entries(args).flatMap(([name, value]) => [`--${name}`, String(value)]);
  const child = Bun.spawn([process.execPath, CLI, "simulate", ...flags, "--json"], { stderr: "pipe" });
  const [out, problem, code] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (code !== 0) throw new Error(`the simulation ended with ${code}: ${problem.slice(0, 500)}`);
  const report = Report.parse(JSON.parse(out));
  if (report.jobs === 0) throw new Error("the simulation judged nothing: there is no speed to tell");
  return report;
}
