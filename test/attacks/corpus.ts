/** The attack corpus: small programs, each with what must come of it in its head. */
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { z } from "zod";
import { Json } from "../../protocol/ids.ts";
import { IsolateLimits, IsolateOutcome, type IsolateRequest } from "../../protocol/isolate.ts";

const Head = z.object({
  attack: z.string(),
  outcome: IsolateOutcome,
  /** The output that must come, when it is a certain one. */
  output: Json.optional(),
  /** The standard output that must come, but for its last line feed. */
  stdout: z.string().optional(),
  limits: IsolateLimits.partial().optional(),
  cases: z.array(Json).optional(),
});

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
      for (const [, field, value] of source.matchAll(/^# (\w+): ?(.*)$/gm)) {
        head[field!] = JSON_FIELDS.includes(field!) ? JSON.parse(value!) : value;
      }
      return { ...Head.parse(head), name: basename(file, ".py"), source };
    });
}

export function requestOf(attack: Attack): IsolateRequest {
  return {
    runtime: "python",
    files: { "attack.py": attack.source },
    entry: "attack.py",
    cases: attack.cases ?? [1],
    limits: IsolateLimits.parse({ ...LIMITS, ...attack.limits }),
    seed: 1,
  };
}
