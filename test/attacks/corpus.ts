/** The attack corpus: small programs, each with what must come of it in its head. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { Json } from "../../protocol/ids.ts";
import { IsolateLimits, IsolateOutcome, type IsolateRequest } from "../../protocol/isolate.ts";

const Expected = z.object({
  outcome: IsolateOutcome,
  /** The output that must come, when it is a certain one. */
  output: Json.optional(),
  /** The standard output that must come, but for its last line feed. */
  stdout: z.string().optional(),
});

const Head = Expected.extend({
  attack: z.string(),
  limits: IsolateLimits.partial().optional(),
  cases: z.array(Json).optional(),
  /** Where Docker differs: no fuel, another kernel, files and processes of its own. `# docker.outcome: …` */
  docker: Expected.partial().optional(),
});
/** Back ends that the corpus knows what to expect of. */
export type BackendUnderAttack = "wasmtime" | "docker";

export interface Attack extends z.infer<typeof Head> {
  name: string;
  source: string;
}

/** Small, so that a run of the whole corpus is short; every limit is met by some attack. */
const LIMITS: IsolateLimits = {
  wallMs: 10_000,
  cpuMs: 8_000,
  fuel: 4_000_000_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 256 * 1024,
  processes: 8,
  diskBytes: 1024 * 1024,
};

/** Containers get little of a busy machine. */
const LIMITS_OF: Record<BackendUnderAttack, Partial<IsolateLimits>> = {
  wasmtime: {},
  docker: { wallMs: 30_000 },
};

const JSON_FIELDS = ["output", "limits", "cases"];

/** All attacks in one guest language, by name. Throws when a head is not as it should be. */
export function loadAttacks(language: "python"): Attack[] {
  const folder = join(import.meta.dir, language);
  return readdirSync(folder)
    .filter((name) => name.endsWith(".py"))
    .sort()
    .map((file) => {
      const source = readFileSync(join(folder, file), "utf8");
      const head: Record<string, unknown> = {};
      const docker: Record<string, unknown> = {};
      for (const [, own, field, value] of source.matchAll(/^# (docker\.)?(\w+): ?(.*)$/gm)) {
        const target = own === undefined ? head : docker;
        target[field!] = JSON_FIELDS.includes(field!) ? JSON.parse(value!) : value;
      }
      if (Object.keys(docker).length > 0) head.docker = docker;
      return { ...Head.parse(head), name: basename(file, ".py"), source };
    });
}

/** What must come of an attack on that back end. */
export function expectedOf(attack: Attack, backend: BackendUnderAttack): z.infer<typeof Expected> {
  const { outcome, output, stdout, docker: own } = attack;
  if (backend !== "docker") return { outcome, output, stdout };
  if (own === undefined) return { outcome: outcome === "fuel-limit" ? "cpu-limit" : outcome, output, stdout };
  // Another outcome comes with an output of its own, if with any.
  return {
    ...(own.outcome === undefined ? { output, stdout } : {}),
    ...own,
    outcome: own.outcome ?? outcome,
  };
}

export function requestOf(attack: Attack, backend: BackendUnderAttack): IsolateRequest {
  return {
    runtime: "python",
    files: { "attack.py": attack.source },
    entry: "attack.py",
    cases: attack.cases ?? [1],
    limits: IsolateLimits.parse({ ...LIMITS, ...LIMITS_OF[backend], ...attack.limits }),
    seed: 1,
  };
}
