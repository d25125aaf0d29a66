import { basename, resolve } from "node:path";
import { convertGguf } from "../../models/embedded/convert.ts";
import { folderOf } from "../../models/embedded/pull.ts";
import { Failure } from "../../protocol/failure.ts";
import { ModelId } from "../../protocol/model.ts";
import { createProgress } from "../terminal/progress.ts";
import { mapFile } from "./inspect.ts";
import { manifestLines } from "./manifest-lines.ts";
import { operand } from "./operand.ts";
import type { ModelsOptions } from "./options.ts";

/** `models convert FILE.gguf`: a file of the operator's own, ready to be served. */
export async function convert(
  operands: readonly string[],
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<void> {
  const path = operand(operands, "GGUF file");
  const id = options.id ?? idOf(path);
  const folder = folderOf(
    resolve(options.dir),
    id.replaceAll("/", "--").replaceAll(".", "-"),
    options.precision,
  );
  const progress = createProgress({ quiet: options.json });
  try {
    const manifest = await convertGguf({
      ...{ id, folder, signal, bytes: mapFile(path), name: basename(path), precision: options.precision },
      ...(options.contextLength === undefined ? {} : { contextLength: options.contextLength }),
      shortens: options.shorterEmbeddings,
      onProgress: (step) => progress.update(step),
    });
    progress.done();
    console.log(
      options.json
        ? JSON.stringify({ folder, manifest })
        : [...manifestLines(manifest), `ready: ${folder}`].join("\n"),
    );
  } finally {
    progress.done();
  }
}

function idOf(path: string): ModelId {
  const id = ModelId.safeParse(basename(path).replace(/\.gguf$/i, ""));
  if (id.success) return id.data;
  throw new Failure("config", "the file's name is no name for a model", { hint: "Give one with --id NAME." });
}
