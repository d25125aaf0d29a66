import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { readGguf } from "../../models/gguf/read-gguf.ts";
import { readManifest, verifyFiles } from "../../models/onnx/manifest.ts";
import { Failure } from "../../protocol/failure.ts";
import { manifestLines } from "./manifest-lines.ts";
import { operand } from "./operand.ts";
import type { ModelsOptions } from "./options.ts";

const SHOWN = 100;

/** `models inspect NAME|FILE.gguf`: what a model is made of; of one that is kept here, whether its files are whole. */
export async function inspect(
  operands: readonly string[],
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<void> {
  const what = operand(operands, "model or GGUF file");
  if (what.endsWith(".gguf") || !existsSync(join(options.dir, what))) return inspectFile(what, options.json);
  const folder = resolve(options.dir, what);
  const manifest = await readManifest(folder);
  await verifyFiles(folder, manifest, signal);
  console.log(
    options.json
      ? JSON.stringify({ folder, manifest })
      : [...manifestLines(manifest), `  whole: ${folder}`].join("\n"),
  );
}

function inspectFile(path: string, json: boolean): void {
  const { version, metadata, tensors } = readGguf(mapFile(path));
  const facts = Object.fromEntries(
    Array.from(metadata, ([key, value]) => [key, Array.isArray(value) ? `[${value.length}]` : value]),
  );
  const types: Record<string, number> = {};
  for (const { type } of tensors.values()) types[type.name] = (types[type.name] ?? 0) + 1;
  if (json) {
    console.log(JSON.stringify({ version, metadata: facts, tensors: tensors.size, types }));
    return;
  }
  const kinds = Object.entries(types).map(([name, count]) => `${count} ${name}`);
  console.log(`GGUF version ${version}, ${tensors.size} tensors: ${kinds.join(", ")}`);
  for (const [key, value] of Object.entries(facts))
    console.log(`  ${key} = ${JSON.stringify(value).slice(0, SHOWN)}`);
}

/** The file's bytes, not read before they are used. Fails with `config` when there is no such file. */
export function mapFile(path: string): Uint8Array {
  try {
    return Bun.mmap(path, { shared: false });
  } catch (cause) {
    throw new Failure("config", `the file ${path} cannot be read`, {
      hint: "Give a model from `bun run models list`, or the path of a GGUF file.",
      cause,
    });
  }
}
