/** `bun run docs`: writes the generated protocol reference, or says what is out of date with `--check`. */
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import packageJson from "../package.json" with { type: "json" };
import { Failure } from "../protocol/failure.ts";
import { referencePages } from "../protocol/reference.ts";

const DEFAULT_OUT = join(import.meta.dirname, "..", "docs", "protocol");

const USAGE = `Usage: bun run docs [--check] [--out DIR]

Writes the protocol reference: AsyncAPI document, JSON Schemas and a readable page.

  --check      write nothing; exit 1 when a page is out of date
  --out DIR    where to write (default: docs/protocol of this repository)`;

const missingIsEmpty = (error: unknown) => {
  if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
  throw error;
};

/** Paths below `out` whose content is not what it should be, those that should not be there included. */
export async function staleDocs(out: string): Promise<{ path: string; text: string | undefined }[]> {
  const pages = referencePages(packageJson.version);
  const present = (await readdir(join(out, "schemas")).catch(missingIsEmpty)) ?? [];
  const superfluous = present.map((name) => `schemas/${name}`).filter((path) => !pages.has(path));
  const stale: { path: string; text: string | undefined }[] = superfluous.map((path) => ({
    path,
    text: undefined,
  }));
  for (const [path, text] of pages) {
    const current = await readFile(join(out, path), "utf8").catch(missingIsEmpty);
    if (current !== text) stale.push({ path, text });
  }
  return stale;
}

function options(args: string[]) {
  try {
    const { values } = parseArgs({
      args,
      options: { check: { type: "boolean" }, out: { type: "string" }, help: { type: "boolean", short: "h" } },
    });
    return values;
  } catch (cause) {
    throw new Failure("config", Failure.from(cause).message, { hint: USAGE.split("\n", 1)[0], cause });
  }
}

/** The verb; returns the exit code. */
export async function run(args: string[]): Promise<number> {
  const { check, out = DEFAULT_OUT, help } = options(args);
  if (help) {
    console.log(USAGE);
    return 0;
  }
  const stale = await staleDocs(out);
  if (check) {
    for (const { path } of stale) console.error(`docs: ${path} is out of date. Run: bun run docs`);
    return stale.length === 0 ? 0 : 1;
  }
  for (const { path, text } of stale) {
    if (text === undefined) await rm(join(out, path));
    else {
      await mkdir(dirname(join(out, path)), { recursive: true });
      await writeFile(join(out, path), text);
    }
  }
  console.log(`docs: ${stale.length} pages written to ${out}`);
  return 0;
}

if (import.meta.main) process.exitCode = await run(process.argv.slice(2));
