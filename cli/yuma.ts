/** `bun run yuma --case case.json`: one epoch of Yuma consensus, and who gains by it. */
import { z } from "zod";
import type { EpochInput, EpochOutput } from "../chain/yuma/index.ts";
import { type Explanation, explainEpoch, printOutput, readCase, runEpoch } from "../chain/yuma/index.ts";
import example from "../chain/yuma/vectors/example.json" with { type: "json" };
import { Failure } from "../protocol/failure.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { table } from "./terminal/table.ts";

const MAX_BYTES = 64 * 1024 * 1024;

const Options = z.object({
  case: option(z.string().max(4_096).optional(), {
    description: "The epoch's input as JSON; - reads it from standard input.",
    placeholder: "FILE",
  }),
  explain: option(z.boolean().default(false), {
    description: "Print who gains and who loses and why, instead of numbers; without --case, of an example.",
  }),
});

const info: CommandInfo = {
  name: "yuma",
  summary:
    "Runs one epoch of Yuma consensus, bit for bit as subtensor does at spec 424, and prints it as JSON.",
  usage: "bun run yuma --case FILE [--explain]",
  schema: Options,
  examples: [
    { command: "bun run yuma --explain", what: "an example: who gains, who loses, and why" },
    {
      command: "bun run yuma --case chain/yuma/vectors/example.json",
      what: "the same as numbers: raw I32F32 and rao, as decimal strings",
    },
  ],
};

export async function run(args: string[]): Promise<number> {
  const { options, help } = parseOptions(Options, { args, env: process.env });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  if (options.case === undefined && !options.explain) {
    throw new Failure("config", "--case is missing", {
      hint: "Give the epoch's input, e.g. --case chain/yuma/vectors/example.json, or ask for --explain.",
    });
  }
  const input = readCase(options.case === undefined ? example : await readJson(options.case));
  const output = runEpoch(input);
  console.log(options.explain ? explanation(input, output) : JSON.stringify(printOutput(output)));
  return 0;
}

async function readJson(path: string): Promise<unknown> {
  const file = path === "-" ? Bun.stdin : Bun.file(path);
  if (path !== "-" && !(await file.exists())) throw new Failure("config", `case file ${path} does not exist`);
  if (file.size > MAX_BYTES && file.size !== Number.POSITIVE_INFINITY)
    throw new Failure("too-large", `case file ${path} is larger than ${MAX_BYTES} bytes`);
  try {
    return JSON.parse(await boundedText(file.stream(), path));
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new Failure("malformed", `case ${path} is not JSON: ${message}`, { cause });
  }
}

async function boundedText(stream: ReadableStream<Uint8Array>, path: string): Promise<string> {
  const decoder = new TextDecoder();
  let text = "";
  let bytes = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes > MAX_BYTES) throw new Failure("too-large", `case ${path} is larger than ${MAX_BYTES} bytes`);
    text += decoder.decode(chunk, { stream: true });
  }
  return text + decoder.decode();
}

function explanation(input: EpochInput, output: EpochOutput): string {
  const rows = table<Explanation>(
    [
      { name: "uid", align: "right", cell: ({ uid }) => String(uid) },
      { name: "as", cell: ({ role }) => role },
      { name: "gets", align: "right", cell: ({ gets }) => tao(gets) },
      { name: "expected", align: "right", cell: ({ expected }) => tao(expected) },
      { name: "change", align: "right", cell: change },
      { name: "why", cell: ({ why }) => why },
    ],
    explainEpoch(input, output),
  );
  const paid = [...output.serverEmission, ...output.validatorEmission].reduce((sum, rao) => sum + rao, 0n);
  return [
    rows,
    "",
    `${tao(paid)} of ${tao(input.emissionRao)} paid (alpha; what rounding leaves goes to nobody).`,
    "Expected is what stake alone would give a validator, and the stake-weighted mean of all weights a miner.",
  ].join("\n");
}

const RAO = 1_000_000_000n;

const tao = (rao: bigint): string =>
  `${rao / RAO}.${String(rao % RAO)
    .padStart(9, "0")
    .slice(0, 4)}`;

function change({ gets, expected }: Explanation): string {
  if (expected === 0n) return gets === 0n ? "" : "new";
  const parts = Number(((gets - expected) * 100_000n) / expected) / 1_000;
  return `${parts > 0 ? "+" : ""}${parts.toFixed(1)} %`;
}
