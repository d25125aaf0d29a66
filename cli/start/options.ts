import { z } from "zod";
import { Address } from "../node/config.ts";
import { isolateOptions } from "../node/isolate-options.ts";
import type { CommandInfo } from "../options/help.ts";
import { option } from "../options/options.ts";

export const StartOptions = z.object({
  subnet: option(z.string().max(1_024).default("longcontext"), {
    description: "A built-in subnet, or the path of a module that exports one.",
    placeholder: "NAME|PATH",
  }),
  miners: option(z.array(z.string().max(4_096)).min(1).max(32).optional(), {
    description:
      "Miners in place of the five of the demo: of each the program that it hands in, the module that answers for it, or both with a plus between them.",
    placeholder: "FILE[+MODULE[#EXPORT]],…",
  }),
  rounds: option(z.number().int().min(1).max(1_000_000).optional(), {
    description: "Stop after this many rounds. Without it, it goes on until stopped.",
  }),
  json: option(z.boolean().default(false), {
    description: "Print one JSON object at the end, and nothing else.",
  }),
  dataset: option(z.string().max(4_096).optional(), {
    description: "Folder of .jsonl files to draw tasks from, e.g. LongBench's own.",
    placeholder: "DIR",
  }),
  params: option(z.record(z.string().max(64), z.json()).default({}), {
    description: "The subnet's parameters.",
  }),
  data: option(z.string().max(4_096).default("./.orrery"), {
    description: "Folder for ledger and chain; a later start goes on with them.",
    placeholder: "DIR",
  }),
  ...isolateOptions,
  slots: option(z.number().int().min(1).max(256).optional(), {
    description: "Isolates at once. Default: one per core.",
  }),
  http: option(Address.default("127.0.0.1:7070"), {
    description: "Where to serve the dashboard; a free port is taken when this one is in use.",
    placeholder: "HOST:PORT",
  }),
  log: option(z.enum(["debug", "info", "warn", "error"]).default("error"), {
    description: "Least level logged, on standard error.",
  }),
});
export type StartOptions = z.output<typeof StartOptions>;

export const startInfo: CommandInfo = {
  name: "start",
  summary:
    "Runs a whole subnet in this process: miners, a validator, a sandbox, a scorer and a weight-setter, on a devnet of their own that clients of Bittensor can connect to.",
  usage: "npm start [-- options]",
  schema: StartOptions,
  examples: [
    { command: "npm start", what: "rounds until you stop it, a table after each, and a live page" },
    { command: "npm start --silent -- --rounds 1 --json", what: "one round, one JSON object" },
    { command: "npm start -- --dataset ../longbench", what: "reading tasks from LongBench's own files" },
    {
      command: "npm start -- --subnet ./subnets/receipts.ts --miners total.py,other.py --data demo/receipts",
      what: "a subnet of yours, with programs of yours",
    },
  ],
};
