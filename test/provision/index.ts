/** Everything that tests of real components need, one after the other: most of it comes through one apt-get. */
import { provisionChromium } from "./chromium.ts";
import { provisionDocker } from "./docker.ts";
import { provisionEmbeddedModels } from "./embedded-models.ts";
import { provisionIsolates } from "./isolates.ts";
import { provisionNats } from "./nats.ts";
import { provisionPostgres } from "./postgres.ts";
import { provisionProcesses } from "./process.ts";
import { provisionPrograms } from "./programs.ts";
import { provisionPython } from "./python.ts";

const COMPONENTS = {
  "nats-server": provisionNats,
  PostgreSQL: provisionPostgres,
  "bubblewrap and util-linux": provisionPrograms,
  "hardened processes": provisionProcesses,
  Wasmtime: provisionIsolates,
  Docker: provisionDocker,
  "embedded models": provisionEmbeddedModels,
  Chromium: provisionChromium,
  "Bittensor's Python packages": provisionPython,
} as const;

/** Installs or fetches what is missing, where that is possible, and returns a line for each thing that still is. */
export async function provisionAll(report: (line: string) => void): Promise<string[]> {
  const missing: string[] = [];
  for (const [name, provision] of Object.entries(COMPONENTS)) {
    const lacks = await provision().then(
      (result) => result.missing,
      (thrown: unknown) => [`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`],
    );
    report(lacks.length === 0 ? `${name} is here` : `MISSING ${lacks.join("; ")}`);
    missing.push(...lacks);
  }
  return missing;
}
