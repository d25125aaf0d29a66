/** `bun run weights plan|history`: what would be set now, and what became of what was decided. */
import { Failure } from "../protocol/failure.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { parseOptions } from "./options/options.ts";
import { WeightsOptions } from "./weights/options.ts";
import type { Report, WeightsVerb } from "./weights/verb.ts";

const VERBS: Record<string, () => Promise<WeightsVerb>> = {
  plan: async () => (await import("./weights/plan.ts")).plan,
  history: async () => (await import("./weights/history.ts")).history,
};

const info: CommandInfo = {
  name: "weights",
  summary:
    "Tells what would be set on chain now, when and why, and what became of earlier weights. Changes nothing.",
  usage: "bun run weights plan | history [options]",
  schema: WeightsOptions,
  examples: [
    {
      command:
        "bun run weights plan --network finney --netuid 24 --hotkey ~/.bittensor/wallets/val/hotkeys/default",
      what: "the row, the block and the method, and every check that the chain would make of it",
    },
    { command: "bun run weights history --limit 5", what: "the last five decisions and their journeys" },
  ],
};

export async function run(args: string[]): Promise<number> {
  const [name, ...rest] = args[0]?.startsWith("-") === false ? args : ["", ...args];
  const { options, help } = parseOptions(WeightsOptions, { args: rest, env: process.env });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const verb = Object.hasOwn(VERBS, name ?? "") ? VERBS[name ?? ""] : undefined;
  if (verb === undefined) {
    throw new Failure("config", name === "" ? "weights needs a verb" : `weights has no verb ${name}`, {
      hint: `There are ${Object.keys(VERBS).join(" and ")}.`,
    });
  }
  const report: Report = await (await verb())(options);
  console.log(options.json ? JSON.stringify(report.json) : report.text);
  return report.ok ? 0 : 1;
}
