/** `bun run bench [SUITE…]`: measures, prints a table, and fails when a row does not hold. */
import { z } from "zod";
import { type CommandInfo, helpText } from "../../cli/options/help.ts";
import { option, parseOptions } from "../../cli/options/options.ts";
import { table } from "../../cli/terminal/table.ts";
import { Failure } from "../../protocol/failure.ts";
import { performancePage } from "./performance-page.ts";
import type { BenchRow } from "./row.ts";

/** Suites and their parts; a part is measured in the order given and may take a minute. */
const SUITES: Record<string, { name: string; rows: () => Promise<BenchRow[]> }[]> = {
  runtime: [
    { name: "nats", rows: async () => (await import("./nats.ts")).natsRows() },
    { name: "actors", rows: async () => (await import("./actors.ts")).actorRows() },
    { name: "ledger", rows: async () => (await import("./ledger.ts")).ledgerRows() },
    { name: "node", rows: async () => (await import("./node-start.ts")).nodeStartRows() },
    { name: "simulation", rows: async () => (await import("./simulation.ts")).simulationRows() },
  ],
  devnet: [
    { name: "blocks", rows: async () => (await import("./devnet.ts")).devnetRows() },
    {
      name: "subscribers",
      rows: async () => (await import("./devnet-subscribers.ts")).subscriberRows(),
    },
  ],
  models: [
    {
      name: "embedded",
      rows: async () => (await import("./embedded-models.ts")).embeddedModelRows(),
    },
    { name: "serving", rows: async () => (await import("./serving.ts")).servingRows() },
  ],
  yuma: [{ name: "yuma", rows: async () => (await import("./yuma.ts")).yumaRows() }],
  isolates: [
    { name: "isolates", rows: async () => (await import("./isolates.ts")).isolateRows() },
    { name: "process", rows: async () => (await import("./process-isolates.ts")).processRows() },
    { name: "docker", rows: async () => (await import("./docker-isolates.ts")).dockerRows() },
    { name: "tools", rows: async () => (await import("./tools.ts")).toolRows() },
  ],
};

const Options = z.object({
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
  only: option(z.array(z.string()).default([]), {
    description: "Only these parts of the suites.",
    placeholder: "PART,…",
  }),
  write: option(z.string().optional(), {
    description: "Also write the page of figures here, e.g. docs/performance.md.",
    placeholder: "FILE",
  }),
});

const info: CommandInfo = {
  name: "bench",
  summary: "Measures speed beside a floor or a peer in the same run. Exit code 1 when a row does not hold.",
  usage: `bun run bench [${Object.keys(SUITES).join("|")} …] [--only PART,…] [--json] [--write FILE]`,
  schema: Options,
  examples: [{ command: "bun run bench runtime --only ledger", what: "only the ledger's rows" }],
};

export async function run(args: string[]): Promise<number> {
  const { options, positionals, help } = parseOptions(Options, { args, operands: true });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const suites = positionals.length === 0 ? Object.keys(SUITES) : positionals;
  const rows: BenchRow[] = [];
  for (const suite of suites) {
    const parts = SUITES[suite];
    if (parts === undefined) {
      throw new Failure("config", `there is no bench ${JSON.stringify(suite)}`, {
        hint: `Known: ${Object.keys(SUITES).join(", ")}.`,
      });
    }
    for (const part of parts) {
      if (options.only.length > 0 && !options.only.includes(part.name)) continue;
      if (!options.json) console.error(`measuring ${suite}/${part.name} …`);
      rows.push(...(await part.rows()));
    }
  }
  if (options.json) console.log(JSON.stringify({ rows }));
  else console.log(`\n${show(rows)}`);
  if (options.write !== undefined) await Bun.write(options.write, performancePage(rows));
  return rows.every(({ holds }) => holds) ? 0 : 1;
}

const number = (value: number): string =>
  value >= 1_000 ? Math.round(value).toLocaleString("en-US") : String(Number(value.toPrecision(3)));

const show = (rows: readonly BenchRow[]): string =>
  table<BenchRow>(
    [
      { name: "what", cell: ({ name }) => name },
      { name: "value", align: "right", cell: ({ value, unit }) => `${number(value)} ${unit}` },
      { name: "floor", align: "right", cell: ({ floor }) => (floor === null ? "" : number(floor)) },
      {
        name: "ratio",
        align: "right",
        cell: ({ ratio }) => (ratio === null ? "" : String(Number(ratio.toPrecision(3)))),
      },
      { name: "goal", cell: ({ goal }) => goal },
      { name: "", cell: ({ holds }) => (holds ? "holds" : "MISSED") },
    ],
    rows,
  );
