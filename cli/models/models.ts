/** `bun run models`: gets, lists, shows, converts and tries models that run in a process of this machine. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { ModelId } from "../../protocol/model.ts";
import { type CommandInfo, helpText } from "../options/help.ts";
import { option, parseOptions } from "../options/options.ts";
import { ask } from "./ask.ts";
import { convert } from "./convert.ts";
import { inspect } from "./inspect.ts";
import { list } from "./list.ts";
import { pull } from "./pull.ts";

const Options = z.object({
  dir: option(z.string().min(1).max(4_096).default(".orrery/models"), {
    description: "Where models are kept, a folder each.",
    placeholder: "DIR",
  }),
  precision: option(z.enum(["fast", "exact"]).default("fast"), {
    description:
      "`fast` computes in eight bits; `exact` in single precision, ten times slower: for golden tests.",
  }),
  id: option(ModelId.optional(), {
    description: "`convert`: the model's name; default the file's.",
    placeholder: "NAME",
  }),
  contextLength: option(z.coerce.number().int().min(64).max(131_072).optional(), {
    description: "`convert`: tokens of prompt and answer together, at most what the file allows.",
    placeholder: "N",
  }),
  maxTokens: option(z.coerce.number().int().min(1).max(100_000).default(128), {
    description: "`ask`: tokens of the answer at most.",
    placeholder: "N",
  }),
  context: option(z.string().max(4_096).optional(), {
    description: "`ask`: a text file that comes before the question.",
    placeholder: "FILE",
  }),
  json: option(z.boolean().default(false), { description: "Print JSON and nothing else." }),
});
export type ModelsOptions = z.output<typeof Options>;

const ACTIONS: Readonly<
  Record<string, (operand: readonly string[], options: ModelsOptions, signal: AbortSignal) => Promise<void>>
> = {
  pull,
  list,
  inspect,
  convert,
  ask,
};

const info: CommandInfo = {
  name: "models",
  summary: "Models that run in a process of this machine: get, list, show, convert and try them.",
  usage:
    "bun run models pull NAME | list | inspect NAME|FILE.gguf | convert FILE.gguf | ask NAME TEXT  [options]",
  schema: Options,
  examples: [
    { command: "bun run models pull smollm2", what: "Fetch SmolLM2-135M-Instruct (93 MB) and convert it." },
    {
      command: "bun run models pull associative",
      what: "Build the model that retrieves from 2M tokens; no download.",
    },
    { command: 'bun run models ask smollm2 "What is an orrery?"', what: "Ask it something." },
    {
      command: "bun run models convert Qwen3-0.6B-Q8_0.gguf",
      what: "Serve a file of your own: llama, qwen2, qwen3.",
    },
  ],
};

export async function run(args: string[]): Promise<number> {
  const { options, positionals, help } = parseOptions(Options, { args, env: process.env, operands: true });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const [name = "", ...operands] = positionals;
  const action = Object.hasOwn(ACTIONS, name) ? ACTIONS[name] : undefined;
  if (action === undefined) {
    throw new Failure(
      "config",
      name === "" ? "say what to do" : `models has no action ${JSON.stringify(name.slice(0, 40))}`,
      {
        hint: `Known: ${Object.keys(ACTIONS).join(", ")}. bun run models --help tells more.`,
      },
    );
  }
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort(new Failure("cancelled", "interrupted")));
  await action(operands, options, abort.signal);
  return 0;
}
