/** Finds a subnet by name or path, and the rows it draws from. */
import { existsSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { basename, join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { type LoadedSubnet, prepareSubnet } from "../../actors/loaded-subnet.ts";
import type { SubnetScript } from "../../actors/simulation/script.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import type { Subnet } from "../../protocol/subnet.ts";
import { SUBNETS } from "../../subnets/index.ts";

const MAX_ROWS = 100_000;
const MAX_FILE_BYTES = 1024 * 1024 * 1024;

export async function loadSubnet(
  nameOrPath: string,
  options: { params?: unknown; dataset?: string | undefined } = {},
): Promise<LoadedSubnet> {
  const definition = SUBNETS.get(nameOrPath) ?? (await importSubnet(nameOrPath));
  const dataset = options.dataset === undefined ? {} : await readDataset(options.dataset, definition);
  return prepareSubnet(definition, { params: options.params, dataset });
}

/** What the module of a subnet exports as `script`: how simulated miners behave. Undefined for what is built in. */
export async function loadScript(nameOrPath: string): Promise<SubnetScript | undefined> {
  if (SUBNETS.has(nameOrPath)) return undefined;
  const { script } = await load(nameOrPath);
  const whole = typeof script === "object" && script !== null && ("case" in script || "answer" in script);
  return whole ? (script as SubnetScript) : undefined;
}

async function importSubnet(path: string): Promise<Subnet> {
  const module = await load(path);
  const found = Object.values(module).filter(isSubnet);
  if (found.length === 1) return found[0] as Subnet;
  throw new Failure("config", `${path} exports ${found.length} subnets; it must export one`, {
    hint: "Export the result of defineSubnet({...}).",
  });
}

async function load(path: string): Promise<Record<string, unknown>> {
  const file = resolve(path);
  if (!existsSync(file)) {
    throw new Failure("config", `there is no subnet ${JSON.stringify(path)}`, {
      hint: `Built in: ${[...SUBNETS.keys()].join(", ")}. Or give the path of a module that exports one.`,
    });
  }
  try {
    return await import(pathToFileURL(file).href);
  } catch (cause) {
    // Several errors of one file come together: the first is shown, with its place where it has one.
    const first: unknown = cause instanceof AggregateError ? cause.errors[0] : cause;
    const { message, position } = first as { message?: string; position?: { line?: number } | null };
    const line = position?.line == null ? "" : `:${position.line}`;
    throw new Failure("config", `subnet ${path}${line} cannot be loaded: ${message ?? String(cause)}`, {
      hint: "Give the path of a TypeScript or JavaScript module that exports one subnet: docs/writing-a-subnet.md.",
      cause,
    });
  }
}

const isSubnet = (value: unknown): value is Subnet =>
  typeof value === "object" && value !== null && "kinds" in value && "draw" in value && "weigh" in value;

/** Every `.jsonl` file of a folder, by its stem. Fails with the file and line that is not JSON. */
async function readDataset(folder: string, { parseRow }: Subnet): Promise<Record<string, Json[]>> {
  const names = await readdir(folder).catch((cause: unknown) => {
    throw new Failure("config", `dataset folder ${folder} cannot be read`, { cause });
  });
  const dataset: Record<string, Json[]> = {};
  let rows = 0;
  for (const name of names.filter((candidate) => candidate.endsWith(".jsonl")).sort()) {
    const path = join(folder, name);
    const file = Bun.file(path);
    if (file.size > MAX_FILE_BYTES)
      throw new Failure("config", `${path} is larger than ${MAX_FILE_BYTES} bytes`);
    const lines = (await file.text()).split("\n");
    const parsed: Json[] = [];
    for (const [index, line] of lines.entries()) {
      if (line.trim() === "") continue;
      if (++rows > MAX_ROWS) throw new Failure("config", `dataset ${folder} has more than ${MAX_ROWS} rows`);
      const where = { file: path, line: index + 1 };
      const row = parseRow === undefined ? anyRow(line, where) : parseRow(line, where);
      if (row !== undefined) parsed.push(row);
    }
    dataset[basename(name, ".jsonl")] = parsed;
  }
  if (Object.values(dataset).every((each) => each.length === 0))
    throw new Failure("config", `dataset folder ${folder} holds no .jsonl rows`);
  return dataset;
}

function anyRow(line: string, where: { file: string; line: number }): Json {
  try {
    return JSON.parse(line) as Json;
  } catch (cause) {
    throw new Failure("config", `${where.file}:${where.line} is not JSON`, { cause });
  }
}
