/** The attack corpus: small programs, each with what must come of it in its head. */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { z } from "zod";
import { Json } from "../../protocol/ids.ts";
import {
  IsolateLimits,
  IsolateOutcome,
  type IsolateRequest,
  type IsolateRuntime,
} from "../../protocol/isolate.ts";
import { assembler } from "../support/assembler.ts";

const Expected = z.object({
  outcome: IsolateOutcome,
  /** The output that must come, when it is a certain one. */
  output: Json.optional(),
  /** The standard output that must come, but for its last line feed. */
  stdout: z.string().optional(),
  /** What people are told of it. */
  detail: z.string().optional(),
});
type Expected = z.infer<typeof Expected>;

const Head = Expected.extend({
  attack: z.string(),
  limits: IsolateLimits.partial().optional(),
  cases: z.array(Json).optional(),
  /** Other files that are submitted with it: path to text. */
  files: z.record(z.string(), z.string()).optional(),
  /** For an output that differs by case: what follows the case's own input in it. */
  each: z.array(Json).optional(),
  /** WebAssembly text: names, each with how often which text stands where `{{name}}` does. */
  repeat: z.array(z.union([z.string(), z.number()])).optional(),
  /** Bytes of a file that no text could be assembled to, in base64. */
  binary: z.string().optional(),
});

/** Back ends that the corpus knows what to expect of, and the languages that each offers. */
export const GUESTS = {
  wasmtime: ["python", "javascript", "wasm"],
  docker: ["python"],
  process: ["python"],
} as const satisfies Record<string, readonly IsolateRuntime[]>;
export type BackendUnderAttack = keyof typeof GUESTS;

/** Native programs have files and processes of their own, a kernel to ask, and no fuel: `# native.outcome: …` */
const KINDS: Record<BackendUnderAttack, readonly string[]> = {
  wasmtime: ["wasmtime"],
  docker: ["native", "docker"],
  process: ["native", "process"],
};

export interface Attack extends z.infer<typeof Head> {
  name: string;
  language: IsolateRuntime;
  file: string;
  source: string;
  /** Where a kind of back end differs. */
  own: Readonly<Record<string, Partial<Expected>>>;
}

/** Small, so that a run of the whole corpus is short; every limit is met by some attack. */
const LIMITS: IsolateLimits = {
  wallMs: 30_000, // eight at once get little of a busy machine
  cpuMs: 20_000,
  fuel: 4_000_000_000,
  memoryBytes: 64 * 1024 * 1024,
  outputBytes: 256 * 1024,
  processes: 8,
  diskBytes: 1024 * 1024,
};
/** Plain WebAssembly does more with its fuel than an interpreter, and takes as long for it. */
const FUEL: Partial<Record<IsolateRuntime, number>> = { javascript: 2_000_000_000, wasm: 400_000_000 };

const JSON_FIELDS = ["output", "limits", "cases", "each", "repeat", "files"];
const COMMENT = /^(?:#|\/\/|;;) (?:(\w+)\.)?(\w+): ?(.*)$/gm;

/** All attacks in one guest language, by name. Throws when a head is not as it should be. */
export function loadAttacks(language: IsolateRuntime): Attack[] {
  const folder = join(import.meta.dir, language);
  if (!existsSync(folder)) return [];
  return readdirSync(folder)
    .sort()
    .map((file) => {
      const source = readFileSync(join(folder, file), "utf8");
      const head: Record<string, unknown> = {};
      const own: Record<string, Record<string, unknown>> = {};
      for (const [, kind, field, value] of source.matchAll(COMMENT)) {
        let target = head;
        if (kind !== undefined) {
          own[kind] ??= {};
          target = own[kind];
        }
        target[field!] = JSON_FIELDS.includes(field!) ? JSON.parse(value!) : value;
      }
      const differences = Object.entries(own).map(([kind, fields]) => [
        kind,
        Expected.partial().parse(fields),
      ]);
      return {
        ...Head.parse(head),
        name: file.slice(0, -extname(file).length),
        language,
        file,
        source,
        own: Object.fromEntries(differences),
      };
    });
}

/** What must come of an attack on that back end. */
export function expectedOf(attack: Attack, backend: BackendUnderAttack): Expected {
  const native = KINDS[backend].includes("native");
  let expected: Expected = {
    outcome: native && attack.outcome === "fuel-limit" ? "cpu-limit" : attack.outcome,
    output: attack.output,
    stdout: attack.stdout,
    detail: attack.detail,
  };
  for (const kind of KINDS[backend]) {
    const own = attack.own[kind];
    if (own === undefined) continue;
    // Another outcome comes with an output of its own, if with any.
    const kept = own.outcome === undefined ? expected : { outcome: own.outcome };
    expected = { ...kept, ...own, outcome: own.outcome ?? expected.outcome };
  }
  return expected;
}

let assemble: Promise<(text: string) => Uint8Array> | undefined;

export async function requestOf(attack: Attack): Promise<IsolateRequest> {
  const fuel = FUEL[attack.language] ?? LIMITS.fuel;
  const entry = attack.language === "wasm" ? "attack.wasm" : `attack${extname(attack.file)}`;
  return {
    runtime: attack.language,
    files: { [entry]: attack.language === "wasm" ? await moduleOf(attack) : attack.source, ...attack.files },
    entry,
    cases: attack.cases ?? [1],
    limits: IsolateLimits.parse({ ...LIMITS, fuel, ...attack.limits }),
    seed: 1,
  };
}

/** Bytes of a module in base64, which is how requests carry them. */
async function moduleOf({ source, binary, repeat = [] }: Attack): Promise<string> {
  if (binary !== undefined) return binary;
  let text = source;
  for (let at = 0; at < repeat.length; at += 3) {
    const [name, times, what] = repeat.slice(at, at + 3);
    text = text.replace(`{{${name}}}`, String(what).repeat(Number(times)));
  }
  assemble ??= assembler();
  return Buffer.from((await assemble)(text)).toString("base64");
}
