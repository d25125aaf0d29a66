/** `bun run isolate`: runs one program in an isolate by hand, with the judges' own defaults. */
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import type { IsolateEvidence, IsolateOutcome, IsolateRequest } from "../protocol/isolate.ts";
import { ToolBudget } from "../protocol/tools.ts";
import { DEFAULT_BASE } from "../sandbox/docker/image.ts";
import type { IsolateBackend } from "../sandbox/isolate.ts";
import { showEvidence } from "./isolate-evidence.ts";
import { buildRunner } from "./isolate-image.ts";
import { readRequest, requestOptions } from "./isolate-request.ts";
import { isolateOptions } from "./node/isolate-options.ts";
import { ISOLATE_CACHE, openIsolates } from "./node/isolates.ts";
import { helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { print } from "./terminal/print.ts";
import { DEFAULT_BUDGET, RECEIPTS, runWithTools } from "./tools/by-hand.ts";
import { readToolsFile } from "./tools/tools-file.ts";

const Schema = z.object({
  ...isolateOptions,
  ...requestOptions,
  cache: option(z.string().min(1).default(ISOLATE_CACHE), {
    description: "Where the engine and the compiled interpreter are kept.",
    placeholder: "DIR",
  }),
  from: option(z.string().max(255).default(DEFAULT_BASE), {
    description: "`isolate image`: the image to build from; it needs python3, 3.11 or later.",
    placeholder: "REF",
  }),
  tools: option(z.string().max(4_096).optional(), {
    description: "The program may call tools; this file says who answers (docs/tools.md).",
    placeholder: "FILE",
  }),
  budget: option(ToolBudget.partial().strict().default({}), {
    description: `What its calls may use that differs from the defaults: ${Object.keys(DEFAULT_BUDGET).join(", ")}.`,
  }),
  receipts: option(z.string().max(4_096).default(RECEIPTS), {
    description: "Where receipts of tool calls are kept, with what was asked and answered.",
    placeholder: "DIR",
  }),
  json: option(z.boolean().default(false), { description: "Print one JSON object and nothing else." }),
});
type Options = z.output<typeof Schema>;

/** Exit code of each outcome of the worst case; 1 and 2 are left for our own failures and wrong usage. */
export const EXIT_OF_OUTCOME: Readonly<Record<IsolateOutcome, number>> = {
  ok: 0,
  error: 10,
  malformed: 11,
  policy: 12,
  timeout: 20,
  "cpu-limit": 21,
  "fuel-limit": 22,
  "memory-limit": 30,
  "output-limit": 31,
  "disk-limit": 32,
  "process-limit": 33,
  cancelled: 40,
  infra: 41,
};

const help = () =>
  [
    helpText({
      name: "isolate",
      summary: "Runs one program in an isolate, with the judges' own limits, and tells what they would see.",
      usage: "bun run isolate [options] FILE   |   bun run isolate setup   |   bun run isolate image",
      schema: Schema,
      examples: [
        { command: "bun run isolate setup", what: "Fetch the engine and compile the interpreter now." },
        { command: "bun run isolate image --from python:3.11-slim", what: "Build Docker's runner image." },
        { command: "bun run isolate solution.py --cases inputs.jsonl", what: "Call solve(x) once per line." },
        { command: "bun run isolate script.js --stdin input.txt --json", what: "Run a program on an input." },
        { command: "bun run isolate solver.wasm --cases inputs.jsonl", what: "The same with WebAssembly." },
        {
          command: "bun run isolate agent.py --cases q.jsonl --call query --tools tools.json",
          what: "Run an agent that searches and asks models, under a budget.",
        },
      ],
    }),
    "",
    "Exit codes: " +
      Object.entries(EXIT_OF_OUTCOME)
        .map(([outcome, code]) => `${code} ${outcome}`)
        .join(", ") +
      "; 1 the isolate could not be run, 2 wrong usage. Of several cases the first that is not ok counts.",
  ].join("\n");

export async function run(args: string[]): Promise<number> {
  const {
    options,
    positionals,
    help: asked,
  } = parseOptions(Schema, { args, env: process.env, operands: true });
  if (asked) {
    print(help());
    return 0;
  }
  const [file, ...more] = positionals;
  if (file === undefined || more.length > 0) {
    throw new Failure("config", "give one FILE, `setup` or `image`", {
      hint: "See `bun run isolate --help`.",
    });
  }
  if (file === "image") return await buildRunner(options);
  const request = file === "setup" ? undefined : await readRequest(file, options);
  if (options.tools !== undefined) await readToolsFile(options.tools); // before anything is fetched or started
  const abort = new AbortController();
  process.once("SIGINT", () => abort.abort(new Error("interrupted")));
  try {
    return await runIn(options, request, abort.signal);
  } catch (thrown) {
    if (!abort.signal.aborted || Failure.from(thrown).code !== "cancelled") throw thrown;
    console.error("orrery isolate: interrupted, nothing was judged");
    return EXIT_OF_OUTCOME.cancelled;
  }
}

async function runIn(
  options: Options,
  request: IsolateRequest | undefined,
  signal: AbortSignal,
): Promise<number> {
  const { cache, json } = options;
  const backend = await openIsolates({ options, cache, quiet: json, signal });
  try {
    if (request === undefined) return await showReady(backend, json);
    if (!backend.runtimes.includes(request.runtime)) {
      throw new Failure("config", `the ${backend.name} back end runs no ${request.runtime}`, {
        hint: `It runs ${backend.runtimes.join(", ")}. Wasmtime runs all of them: --backend wasmtime.`,
      });
    }
    const { evidence, used } = await runWithTools(options, request, (given, tools) =>
      backend.run(given, { signal, ...tools }),
    );
    showEvidence(evidence, used, json);
    if (!json && request.cases === undefined && saidNothing(evidence)) {
      console.error(
        "It was run as a program and printed nothing. To call its solve(x), give inputs: --cases FILE",
      );
    }
    return EXIT_OF_OUTCOME[evidence.cases.find(({ outcome }) => outcome !== "ok")?.outcome ?? "ok"];
  } finally {
    await backend.close();
  }
}

/** Says whether isolates can run here, for `isolate setup`. */
async function showReady(backend: IsolateBackend, json: boolean): Promise<number> {
  const check = await backend.check();
  if (!check.ok) throw new Failure("unavailable", check.reason, { hint: check.hint });
  print(json ? JSON.stringify({ backend: backend.name, ...check }) : `ready: ${check.detail}`);
  return 0;
}

const saidNothing = ({ cases }: IsolateEvidence): boolean =>
  cases.every(({ outcome, stdout, stderr }) => outcome === "ok" && stdout === "" && stderr === "");
