/** `bun run isolate`: runs one program in an isolate by hand, with the judges' own defaults. */
import { basename, extname } from "node:path";
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import { Json } from "../protocol/ids.ts";
import {
  DEFAULT_LIMITS,
  type IsolateEvidence,
  IsolateLimits,
  type IsolateOutcome,
  IsolateRequest,
  IsolateRuntime,
} from "../protocol/isolate.ts";
import { ToolBudget } from "../protocol/tools.ts";
import { DEFAULT_BASE } from "../sandbox/docker/image.ts";
import { buildRunner } from "./isolate-image.ts";
import { isolateOptions } from "./node/isolate-options.ts";
import { ISOLATE_CACHE, openIsolates } from "./node/isolates.ts";
import { helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { DEFAULT_BUDGET, RECEIPTS, runWithTools, type ToolsUsed, toolsLine } from "./tools/by-hand.ts";
import { readToolsFile } from "./tools/tools-file.ts";

const Schema = z.object({
  ...isolateOptions,
  runtime: option(IsolateRuntime.optional(), {
    description: "Language of the program. Default: by the file's ending, .py, .js or .wasm.",
  }),
  stdin: option(z.string().optional(), {
    description: "The program reads this file as its standard input instead of being called.",
    placeholder: "FILE",
  }),
  cases: option(z.string().optional(), {
    description: "One JSON input per line; the program's solve() is called with each in a fresh interpreter.",
    placeholder: "FILE",
  }),
  loop: option(z.boolean().default(false), {
    description: "One interpreter for all cases instead of a fresh one for each.",
  }),
  call: option(z.string().max(128).optional(), {
    description: "Function to call instead of solve, main or solution.",
    placeholder: "NAME",
  }),
  limits: option(IsolateLimits.partial().default({}), {
    description: `Limits that differ from the judges': ${Object.keys(DEFAULT_LIMITS).join(", ")}.`,
  }),
  seed: option(z.number().int().min(0).max(0xffff_ffff).default(0), {
    description: "Seeds the randomness that the program sees.",
  }),
  cache: option(z.string().default(ISOLATE_CACHE), {
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
  budget: option(ToolBudget.partial().default({}), {
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
    console.log(help());
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
  const { cache, json } = options;
  const backend = await openIsolates({ options, cache, quiet: json, signal: abort.signal });
  try {
    if (request === undefined) {
      const check = await backend.check();
      if (!check.ok) throw new Failure("unavailable", check.reason, { hint: check.hint });
      console.log(
        options.json ? JSON.stringify({ backend: backend.name, ...check }) : `ready: ${check.detail}`,
      );
      return 0;
    }
    const { evidence, used } = await runWithTools(options, request, (given, tools) =>
      backend.run(given, { signal: abort.signal, ...tools }),
    );
    show(evidence, used, options.json);
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

const saidNothing = ({ cases }: IsolateEvidence): boolean =>
  cases.every(({ outcome, stdout, stderr }) => outcome === "ok" && stdout === "" && stderr === "");

async function readRequest(path: string, options: Options): Promise<IsolateRequest> {
  const { seed, call, loop } = options;
  const entry = basename(path);
  const runtime = options.runtime ?? RUNTIME_OF_ENDING[extname(path)] ?? "python";
  const request = IsolateRequest.safeParse({
    runtime,
    files: { [entry]: runtime === "wasm" ? await readBase64(path) : await readText(path) },
    entry,
    ...(loop ? { loop } : {}),
    ...(call === undefined ? {} : { call }),
    ...(options.cases === undefined
      ? {}
      : { cases: parseCases(await readText(options.cases), options.cases) }),
    ...(options.stdin === undefined ? {} : { stdin: await readText(options.stdin) }),
    limits: { ...DEFAULT_LIMITS, ...options.limits },
    seed,
  });
  if (request.success) return request.data;
  const issue = request.error.issues[0];
  throw new Failure("config", `the program cannot be run: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: "File names have letters, digits, dots, dashes and underscores; sources are at most 1 MiB, modules 6 MiB.",
  });
}

/** Which language a file is in when nobody says. */
const RUNTIME_OF_ENDING: Readonly<Record<string, IsolateRuntime>> = {
  ".js": "javascript",
  ".mjs": "javascript",
  ".cjs": "javascript",
  ".wasm": "wasm",
};

function parseCases(text: string, path: string): Json[] {
  const lines = text.split("\n").filter((line) => line.trim() !== "");
  return lines.map((line, index) => {
    try {
      return Json.parse(JSON.parse(line));
    } catch (cause) {
      throw new Failure("config", `${path}: line ${index + 1} is not JSON`, {
        hint: "Write one JSON value per line.",
        cause,
      });
    }
  });
}

const readText = async (path: string): Promise<string> => await (await fileAt(path)).text();
const readBase64 = async (path: string): Promise<string> =>
  Buffer.from(await (await fileAt(path)).bytes()).toString("base64");

async function fileAt(path: string): Promise<Bun.BunFile> {
  const file = Bun.file(path);
  if (await file.exists()) return file;
  throw new Failure("config", `there is no file ${path}`, { hint: "Check the path." });
}

function show(evidence: IsolateEvidence, used: ToolsUsed | undefined, json: boolean): void {
  if (json) {
    const { cases, isolate } = evidence;
    console.log(JSON.stringify({ backend: isolate.backend, cases, isolate, ...(used && { tools: used }) }));
    return;
  }
  for (const [index, result] of evidence.cases.entries()) {
    const { usage } = result;
    const used = [`${usage.wallMs.toFixed(0)} ms`, usage.fuel === null ? "" : `${usage.fuel} fuel`];
    const output = result.output === undefined ? "" : ` ${JSON.stringify(result.output)}`;
    console.log(`case ${index + 1}: ${result.outcome}${output}  (${used.filter(Boolean).join(", ")})`);
    if (result.detail !== undefined) console.log(`  ${result.detail}`);
    if (result.stdout !== "") console.log(indent("stdout", result.stdout));
    if (result.stderr !== "") console.log(indent("stderr", result.stderr));
  }
  if (used !== undefined) console.log(toolsLine(used));
}

const indent = (name: string, text: string): string =>
  text
    .trimEnd()
    .split("\n")
    .map((line) => `  ${name}| ${line}`)
    .join("\n");
