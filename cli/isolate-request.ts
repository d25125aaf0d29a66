/** What `bun run isolate` is told to run, read from files and checked before anything is started. */
import { basename, extname } from "node:path";
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import type { Json } from "../protocol/ids.ts";
import {
  DEFAULT_LIMITS,
  FilePath,
  FunctionName,
  IsolateLimits,
  IsolateRequest,
  IsolateRuntime,
} from "../protocol/isolate.ts";
import { parseStrictJson } from "../protocol/strict-json.ts";
import { readInput, readTextInput } from "./input-file.ts";
import { option } from "./options/options.ts";

const MIB = 1024 * 1024;
const MOST_CASES = 1_000;
/** Characters of one input; the isolates take no more. */
const MOST_INPUT = 4 * MIB;

export const requestOptions = {
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
  call: option(
    z
      .string()
      .refine((name) => FunctionName.safeParse(name).success, "the name of a function, such as solve")
      .optional(),
    { description: "Function to call instead of solve, main or solution.", placeholder: "NAME" },
  ),
  limits: option(IsolateLimits.partial().strict().default({}), {
    description: `Limits that differ from the judges': ${Object.keys(DEFAULT_LIMITS).join(", ")}.`,
  }),
  seed: option(z.number().int().min(0).max(0xffff_ffff).default(0), {
    description: "Seeds the randomness that the program sees.",
  }),
};
const Options = z.object(requestOptions);
type Options = z.output<typeof Options>;

/** Which language a file is in when nobody says. */
const RUNTIME_OF_ENDING: Readonly<Record<string, IsolateRuntime>> = {
  ".py": "python",
  ".js": "javascript",
  ".mjs": "javascript",
  ".cjs": "javascript",
  ".wasm": "wasm",
};

/** Fails with `config` and one line that names the file, and the line in it, that is wrong. */
export async function readRequest(path: string, options: Options): Promise<IsolateRequest> {
  const { seed, call, loop, limits, cases, stdin } = options;
  if (cases !== undefined && stdin !== undefined) {
    throw new Failure("config", "give --cases or --stdin, not both", {
      hint: "With --cases its functions are called, with --stdin it is run as a program.",
    });
  }
  const entry = basename(path);
  if (!FilePath.safeParse(entry).success) {
    throw new Failure("config", `isolates take no file called ${JSON.stringify(entry.slice(0, 80))}`, {
      hint: "Rename it: a letter, a digit or _ first, then these, dots and dashes.",
    });
  }
  const runtime = options.runtime ?? RUNTIME_OF_ENDING[extname(path)];
  const program = await readProgram(path, runtime ?? "python");
  if (runtime === undefined) {
    throw new Failure("config", `${path} does not tell its language by its ending`, {
      hint: `Those that do: ${Object.keys(RUNTIME_OF_ENDING).join(", ")}. Or give --runtime.`,
    });
  }
  const request = IsolateRequest.safeParse({
    runtime,
    files: { [entry]: program },
    entry,
    ...(loop ? { loop } : {}),
    ...(call === undefined ? {} : { call }),
    ...(cases === undefined ? {} : { cases: await readCases(cases) }),
    ...(stdin === undefined
      ? {}
      : { stdin: await readTextInput({ path: stdin, most: MIB, tooLong: SHORTER }) }),
    limits: { ...DEFAULT_LIMITS, ...limits },
    seed,
  });
  if (request.success) return request.data;
  const issue = request.error.issues[0];
  throw new Failure("config", `the program cannot be run: ${issue?.path.join(".")}: ${issue?.message}`, {
    hint: "See `bun run isolate --help`.",
  });
}

const SHORTER = "Give less at once.";
const TOO_LONG = "A program has at most 1 MiB of text, a module 6 MiB.";

/** Text, or a module's bytes in base64. */
async function readProgram(path: string, runtime: IsolateRuntime): Promise<string> {
  if (runtime !== "wasm") return await readTextInput({ path, most: MIB, tooLong: TOO_LONG });
  return (await readInput({ path, most: 6 * MIB, tooLong: TOO_LONG })).toString("base64");
}

/** Inputs of a file, a line each; empty lines count for line numbers alone. */
async function readCases(path: string): Promise<Json[]> {
  const text = await readTextInput({ path, most: 64 * MIB, tooLong: "Give fewer or smaller cases at once." });
  const cases: Json[] = [];
  for (const [index, line] of text.split("\n").entries()) {
    if (line.trim() === "") continue;
    if (cases.length === MOST_CASES) {
      throw new Failure("config", `${path} has more than ${MOST_CASES} cases`, {
        hint: "Split it, and run the parts one after the other.",
      });
    }
    cases.push(parseCase(line, `${path}: line ${index + 1}`));
  }
  if (cases.length > 0) return cases;
  throw new Failure("config", `${path} has no cases`, { hint: "Write one JSON value per line." });
}

/** As strict as judges are with answers: an input that parsers read differently would be another one for each of them. */
function parseCase(line: string, where: string): Json {
  try {
    return parseStrictJson(line, { maxLength: MOST_INPUT });
  } catch (cause) {
    throw new Failure("config", `${where}: ${Failure.from(cause).message}`, {
      hint: "Write one JSON value per line.",
      cause,
    });
  }
}
