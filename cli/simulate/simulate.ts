/** `bun run simulate`: a whole subnet on a virtual clock; the same seed always goes the same way. */
import { z } from "zod";
import type { SubnetScript } from "../../actors/simulation/script.ts";
import type { SimulationReport } from "../../actors/simulation/simulate.ts";
import { openLedger } from "../../ledger/open.ts";
import { Failure } from "../../protocol/failure.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { scriptedModel } from "../../subnets/inference/scripted.ts";
import { scriptedAnswer, scriptedCase } from "../../subnets/longcontext/scripted.ts";
import { loadScript, loadSubnet } from "../node/subnets.ts";
import { type CommandInfo, helpText } from "../options/help.ts";
import { option, parseOptions } from "../options/options.ts";
import { silentLogger } from "../terminal/cli-logger.ts";
import { createProgress } from "../terminal/progress.ts";
import { table } from "../terminal/table.ts";

const Options = z.object({
  subnet: option(z.string().max(1_024).default("longcontext"), {
    description: "A built-in subnet, or the path of a module that exports one and a script of its miners.",
    placeholder: "NAME|PATH",
  }),
  miners: option(z.number().int().min(1).max(1_000).default(20), { description: "Miner nodes." }),
  validators: option(z.number().int().min(1).max(64).default(4), {
    description: "Validator nodes, each with a sandbox, scorer, weight-setter and ledger of its own.",
  }),
  hours: option(z.number().min(0.01).max(8_760).default(24), { description: "Virtual hours." }),
  seed: option(z.coerce.string().min(1).max(64).default("1"), { description: "Decides everything." }),
  params: option(z.record(z.string().max(64), z.json()).default({}), {
    description: "The subnet's parameters.",
  }),
  roundBlocks: option(z.number().int().min(1).max(100_000).default(100), {
    description: "Blocks of 12 s per round.",
  }),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});

const info: CommandInfo = {
  name: "simulate",
  summary:
    "Simulates a whole subnet in this process: real roles, scripted isolates and answers, virtual time.",
  usage: "bun run simulate [--miners 20] [--validators 4] [--hours 24] [--seed 7] [--json]",
  schema: Options,
  examples: [
    {
      command: "bun run simulate --hours 24 --seed 7",
      what: "a day; run it again and the event log's hash is the same",
    },
  ],
};

/** What a subnet brings along to be simulated, and parameters that suit scripted work. */
interface Scripted {
  script: SubnetScript;
  params: Record<string, unknown>;
}

const SCRIPTS: Record<string, Scripted> = {
  longcontext: {
    script: { case: scriptedCase, answer: scriptedAnswer },
    params: { codeTasks: 4, codeTests: 2, codeSize: 8, readingTokens: [1_000, 1_000], answerMs: 60_000 },
  },
  inference: { script: { model: scriptedModel }, params: { challenges: 1, timeoutMs: 60_000 } },
};

async function scripted(subnet: string): Promise<Scripted> {
  const known = SCRIPTS[subnet];
  if (known !== undefined) return known;
  const script = await loadScript(subnet);
  if (script !== undefined) return { script, params: {} };
  throw new Failure("config", `subnet ${subnet} has no scripted miners to simulate`, {
    hint: `Export a script beside it: docs/writing-a-subnet.md. Those that have one: ${Object.keys(SCRIPTS).join(", ")}.`,
  });
}

export async function run(args: string[]): Promise<number> {
  const { options, help } = parseOptions(Options, { args, env: process.env });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const { script, params } = await scripted(options.subnet);
  const subnet = await loadSubnet(options.subnet, { params: { ...params, ...options.params } });
  // Only now: help and refused options have no need of all the roles' code.
  const { simulate } = await import("../../actors/simulation/simulate.ts");
  const clock = createSystemClock();
  const began = clock.monotonic();
  const progress = createProgress({ quiet: options.json });
  const stop = new AbortController();
  process.once("SIGINT", () => stop.abort());
  const { miners, validators, hours, seed, roundBlocks } = options;
  const report = await simulate({
    ...{ miners, validators, hours, seed, roundBlocks },
    subnet,
    script,
    openLedger: (world) => openLedger(":memory:", { clock: world.clock }),
    log: silentLogger,
    signal: stop.signal,
    onProgress: (fraction) =>
      progress.update({
        label: "simulating",
        fraction,
        detail: `${(fraction * hours).toFixed(1)} of ${hours} h`,
      }),
  });
  progress.done();
  const seconds = (clock.monotonic() - began) / 1_000;
  const speed = report.virtualMs / 1_000 / seconds;
  if (options.json) {
    const { scores: _, virtualMs, ...rest } = report;
    const summary = { subnet: options.subnet, miners, validators, hours: virtualMs / 3_600_000, seed };
    console.log(JSON.stringify({ ...summary, seconds, timesRealTime: speed, ...rest }));
  } else print(report, seconds, speed);
  return stop.signal.aborted ? 1 : 0;
}

function print(report: SimulationReport, seconds: number, speed: number): void {
  const outcomes = Object.entries(report.outcomes).map(([name, count]) => `${count} ${name}`);
  console.log(`${report.rounds} rounds, ${report.jobs} jobs: ${outcomes.join(", ")}\n`);
  console.log(
    table<SimulationReport["standings"][number]>(
      [
        { name: "miner", cell: ({ miner }) => miner },
        { name: "accuracy", align: "right", cell: ({ accuracy }) => `${(accuracy * 100).toFixed(1)} %` },
        { name: "reward", align: "right", cell: ({ reward }) => reward.toFixed(3) },
        { name: "jobs", align: "right", cell: ({ jobs }) => String(jobs) },
      ],
      report.standings,
    ),
  );
  console.log(
    `\nWeights on chain: ${report.weights.map(({ validator, vector }) => `${validator} (${vector.uids.length} miners)`).join(", ") || "none"}`,
  );
  console.log(
    `${(report.virtualMs / 3_600_000).toFixed(1)} h in ${seconds.toFixed(1)} s: ${Math.round(speed)} times real time`,
  );
  console.log(`eventLogSha256 ${report.eventLogSha256}`);
}
