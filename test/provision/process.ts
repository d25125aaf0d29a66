/** Hardened processes for tests: bubblewrap and util-linux from Debian, and the system's own python3. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { createProcessBackend, type ProcessOptions } from "../../sandbox/process/backend.ts";

export function processOptions(): ProcessOptions {
  const clock = createSystemClock();
  return {
    clock,
    spawn: createBunSpawn({ clock }),
    cacheDir: join(import.meta.dir, "..", "..", ".orrery", "cache"),
    root: process.getuid?.() === 0,
  };
}

/** A prepared back end; the caller closes it. */
export async function provisionProcess(changes: Partial<ProcessOptions> = {}): Promise<IsolateBackend> {
  const backend = createProcessBackend({ ...processOptions(), ...changes });
  await backend.prepare({});
  return backend;
}

/** Why hardened processes cannot run here; undefined when they can. */
export async function processMissing(): Promise<string | undefined> {
  try {
    await (await provisionProcess()).close();
    return undefined;
  } catch (thrown) {
    return Failure.from(thrown).toLine();
  }
}

/** For `test/run.ts`: a line when they cannot, which with CI=true is a failure. */
export async function provisionProcesses(): Promise<{ ok: boolean; missing: string[] }> {
  const missing = await processMissing();
  if (missing === undefined) return { ok: true, missing: [] };
  return { ok: process.env.CI !== "true", missing: [`hardened processes: ${missing}`] };
}
