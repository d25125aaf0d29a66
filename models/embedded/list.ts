/** Which models are kept here. */
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { type Manifest, readManifest } from "../onnx/manifest.ts";

export type Listed =
  | { readonly name: string; readonly folder: string; readonly manifest: Manifest }
  | { readonly name: string; readonly folder: string; readonly failure: Failure };

const MOST = 1_000;

/** By name; a folder that is damaged is listed with what is wrong with it. */
export async function listModels(root: string): Promise<Listed[]> {
  const names = await readdir(root).catch(() => []);
  const listed: Listed[] = [];
  for (const name of names.sort().slice(0, MOST)) {
    // Converted under another name and moved when done: what has a dot in it is not done, or was left by a crash.
    if (name.includes(".")) continue;
    const folder = join(root, name);
    try {
      listed.push({ name, folder, manifest: await readManifest(folder) });
    } catch (thrown) {
      listed.push({ name, folder, failure: Failure.from(thrown) });
    }
  }
  return listed;
}
