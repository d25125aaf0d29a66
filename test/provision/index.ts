/** Everything that tests of real components need. */
import { provisionChromium } from "./chromium.ts";
import { provisionDocker } from "./docker.ts";
import { provisionEmbeddedModels } from "./embedded-models.ts";
import { provisionIsolates } from "./isolates.ts";
import { provisionNats } from "./nats.ts";
import { provisionPostgres } from "./postgres.ts";
import { provisionProcesses } from "./process.ts";
import { provisionPrograms } from "./programs.ts";
import { provisionPython } from "./python.ts";

/** One after the other within a lane: the first is apt-get's, which has one lock, and what stands on its programs. */
const LANES = [
  {
    "nats-server": provisionNats,
    PostgreSQL: provisionPostgres,
    "bubblewrap and util-linux": provisionPrograms,
    "hardened processes": provisionProcesses,
    Wasmtime: provisionIsolates,
    Docker: provisionDocker,
    Chromium: provisionChromium,
  },
  { "embedded models": provisionEmbeddedModels },
  { "Bittensor's Python packages": provisionPython },
];

/** Installs or fetches what is missing, where that is possible, and returns a line for each thing that still is. */
export async function provisionAll(report: (line: string) => void): Promise<string[]> {
  const missing: string[] = [];
  const one = async (name: string, provision: () => Promise<{ missing: string[] }>) => {
    const lacks = await provision().then(
      (result) => result.missing,
      (thrown: unknown) => [`${name}: ${thrown instanceof Error ? thrown.message : String(thrown)}`],
    );
    report(lacks.length === 0 ? `${name} is here` : `MISSING ${lacks.join("; ")}`);
    missing.push(...lacks);
  };
  await Promise.all(
    LANES.map(async (lane) => {
      for (const [name, provision] of Object.entries(lane)) await one(name, provision);
    }),
  );
  return missing;
}
