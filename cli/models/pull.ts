import { resolve } from "node:path";
import { pullModel } from "../../models/embedded/pull.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { fetchSettings } from "../../runtime/wheels/settings.ts";
import { createProgress } from "../terminal/progress.ts";
import { manifestLines } from "./manifest-lines.ts";
import { operand } from "./operand.ts";
import type { ModelsOptions } from "./options.ts";

/** `models pull NAME`: fetches what is pinned, converts it, says where it is. */
export async function pull(
  operands: readonly string[],
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<void> {
  const progress = createProgress({ quiet: options.json });
  try {
    const { folder, manifest, cached } = await pullModel({
      name: operand(operands, "model, e.g. smollm2"),
      root: resolve(options.dir),
      precision: options.precision,
      spawn: createBunSpawn({ clock: createSystemClock() }),
      fetch: (url, init) => fetch(url, init),
      ...fetchSettings(process.env),
      signal,
      onProgress: (step) => progress.update(step),
    });
    progress.done();
    if (options.json) console.log(JSON.stringify({ folder, cached, manifest }));
    else
      console.log(
        [...manifestLines(manifest), `${cached ? "is here already" : "ready"}: ${folder}`].join("\n"),
      );
  } finally {
    progress.done();
  }
}
