/** Where onnxruntime-node keeps the shared library of this platform. */
import { readdirSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { Failure } from "../../protocol/failure.ts";

/** Fails with `unavailable` where the package brings none. */
export function ortLibrary(): string {
  const root = dirname(createRequire(import.meta.url).resolve("onnxruntime-node/package.json"));
  const folder = join(root, "bin", "napi-v6", process.platform, process.arch);
  try {
    const name = readdirSync(folder).find((each) => /^libonnxruntime\.(so(\.\d+)*|.*dylib)$/.test(each));
    if (name !== undefined) return join(folder, name);
  } catch {
    // The same as an empty folder.
  }
  throw new Failure("unavailable", "onnxruntime-node brings no library for this platform", {
    meta: { platform: process.platform, processor: process.arch },
  });
}
