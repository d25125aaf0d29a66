/** `bun run models`: gets, lists, shows, converts and tries models that run in a process of this machine. */
import { Failure } from "../../protocol/failure.ts";
import { type CommandInfo, helpText } from "../options/help.ts";
import { parseOptions } from "../options/options.ts";
import { ask } from "./ask.ts";
import { convert } from "./convert.ts";
import { inspect } from "./inspect.ts";
import { list } from "./list.ts";
import { ModelsOptions } from "./options.ts";
import { pull } from "./pull.ts";
import { verify } from "./verify.ts";

const ACTIONS: Readonly<
  Record<
    string,
    (operand: readonly string[], options: ModelsOptions, signal: AbortSignal) => Promise<unknown>
  >
> = {
  pull,
  list,
  inspect,
  convert,
  ask,
  verify,
};

const info: CommandInfo = {
  name: "models",
  summary: "Models that run in a process of this machine: get, list, show, convert and try them.",
  usage:
    "bun run models pull NAME | list | inspect NAME|FILE.gguf | convert FILE.gguf | ask NAME TEXT | verify NAME --against NAME|FILE.json|URL  [options]",
  schema: ModelsOptions,
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
    {
      command: "bun run models verify smollm2 --against server.json",
      what: "Challenge a model as validators do, before you mine with it. Exit code 0: accepted.",
    },
  ],
};

export async function run(args: string[]): Promise<number> {
  const { options, positionals, help } = parseOptions(ModelsOptions, {
    args,
    env: process.env,
    operands: true,
  });
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
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => abort.abort(new Failure("cancelled", "interrupted")));
  const code = await action(operands, options, abort.signal);
  return typeof code === "number" ? code : 0;
}
