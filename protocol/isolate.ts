/** What goes into an isolate and what is observed of it. Expected outputs are in neither. */
import { z } from "zod";
import { boundedRecord, Json, Sha256 } from "./ids.ts";
import type { Outcome } from "./outcome.ts";
import { ToolProfile } from "./tools.ts";

export const IsolateRuntime = z.enum(["python", "javascript", "wasm"]);
export type IsolateRuntime = z.infer<typeof IsolateRuntime>;

/** Hard limits of one case (wall, CPU, fuel, output) and of the isolate as a whole (memory, disk, processes). */
export const IsolateLimits = z.object({
  wallMs: z.number().int().min(1).max(3_600_000),
  cpuMs: z.number().int().min(1).max(3_600_000),
  /** Wasm instructions; the deterministic budget. Back ends that cannot count them allow CPU time in its place. */
  fuel: z.number().int().min(1).max(Number.MAX_SAFE_INTEGER),
  memoryBytes: z.number().int().min(1_048_576).max(68_719_476_736),
  outputBytes: z.number().int().min(1).max(67_108_864),
  processes: z.number().int().min(1).max(1_024),
  diskBytes: z.number().int().min(0).max(68_719_476_736),
});
export type IsolateLimits = z.infer<typeof IsolateLimits>;

/**
 * The judges' own defaults, also those of `bun run isolate`. Fuel is what binds: about 2 s of Python on a current
 * core, starting an interpreter included (at most 0.3 G); the time limits only stop machines far slower than that.
 */
export const DEFAULT_LIMITS: IsolateLimits = {
  wallMs: 20_000,
  cpuMs: 15_000,
  fuel: 30_000_000_000,
  memoryBytes: 256 * 1024 * 1024,
  outputBytes: 1024 * 1024,
  processes: 32,
  diskBytes: 16 * 1024 * 1024,
};

/** A relative path whose segments begin with neither dot nor dash: it can leave no folder, and is no option. */
export const FilePath = z
  .string()
  .max(255)
  .regex(/^[A-Za-z0-9_][A-Za-z0-9_.-]*(?:\/[A-Za-z0-9_][A-Za-z0-9_.-]*)*$/);

/** Name of a function in submitted code: it ends up in a guest program, so it must be nothing but a name. */
export const FunctionName = z
  .string()
  .max(128)
  .regex(/^[A-Za-z_$][A-Za-z0-9_$]*(?:\.[A-Za-z_$][A-Za-z0-9_$]*)*$/);

/** Characters of a submitted text file. */
const MAX_SOURCE = 1_048_576;
/** Characters of a submitted module: 6 MiB in base64. */
const MAX_MODULE = 8_388_608;
const MAX_FILES = 256;

/** Whether a submitted file is a WebAssembly module, its bytes in base64; every other is UTF-8 text. */
export const isModuleFile = (path: string): boolean => path.endsWith(".wasm");

/** Submitted files: path to UTF-8 text, at most 1 MiB each, or to a WebAssembly module in base64. */
export const SourceFiles = boundedRecord(FilePath, z.string().max(MAX_MODULE), MAX_FILES)
  .refine(
    (files) => Object.entries(files).every(([path, text]) => text.length <= MAX_SOURCE || isModuleFile(path)),
    { message: `a text file with more than ${MAX_SOURCE} characters` },
  )
  .meta({ maxProperties: MAX_FILES });
export type SourceFiles = z.infer<typeof SourceFiles>;

export const IsolateRequest = z.object({
  runtime: IsolateRuntime,
  files: SourceFiles,
  /** Which file to run. */
  entry: FilePath,
  /** Function to call per case; the runner falls back to the names of the field (`solve`, `main`, `solution`). */
  call: FunctionName.optional(),
  /** One JSON input per case; each runs in a fresh interpreter unless `loop` is set. */
  cases: z.array(Json).max(1_000).optional(),
  /** For programs that read standard input instead of cases. */
  stdin: z.string().max(1_048_576).optional(),
  limits: IsolateLimits,
  /** Allows one interpreter for all cases, which lets a submission remember earlier inputs. A back end may still start fresh. */
  loop: z.boolean().optional(),
  /** Seeds whatever randomness the guest can see. */
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Tools that the program may call; whoever runs it brings the session that answers. */
  tools: ToolProfile.optional(),
});
export type IsolateRequest = z.infer<typeof IsolateRequest>;

/** Verdict of one case, the same taxonomy for every back end. Only `infra` is ever retried. */
export const IsolateOutcome = z.enum([
  "ok",
  "error",
  "timeout",
  "cpu-limit",
  "fuel-limit",
  "memory-limit",
  "output-limit",
  "disk-limit",
  "process-limit",
  "policy",
  "malformed",
  "cancelled",
  "infra",
]);
export type IsolateOutcome = z.infer<typeof IsolateOutcome>;

export const IsolateUsage = z.object({
  wallMs: z.number().nonnegative(),
  cpuMs: z.number().nonnegative().nullable(),
  fuel: z.number().int().nonnegative().nullable(),
  peakBytes: z.number().int().nonnegative().nullable(),
});
export type IsolateUsage = z.infer<typeof IsolateUsage>;

export const CaseResult = z.object({
  outcome: IsolateOutcome,
  /** What the guest returned over the result channel; absent unless `ok`. */
  output: Json.optional(),
  /** For people: why it did not end well, e.g. the last line of a traceback. Guest text, capped and filtered. */
  detail: z.string().max(2_000).optional(),
  stdout: z.string().max(65_536),
  stderr: z.string().max(65_536),
  usage: IsolateUsage,
});
export type CaseResult = z.infer<typeof CaseResult>;

/** Which isolate produced an evidence, exactly enough to produce it again. */
export const IsolateIdentity = z.object({
  backend: z.enum(["wasmtime", "docker", "process", "scripted"]),
  engine: z.string().max(128),
  runtime: IsolateRuntime,
  /** Image or module digest. */
  digest: Sha256,
  limits: IsolateLimits,
});
export type IsolateIdentity = z.infer<typeof IsolateIdentity>;

export const IsolateEvidence = z.object({ cases: z.array(CaseResult).max(1_000), isolate: IsolateIdentity });
export type IsolateEvidence = z.infer<typeof IsolateEvidence>;

/**
 * The subnet outcome of an isolate verdict. All time budgets (wall, CPU, fuel) are `timeout`, so that
 * validators with different back ends agree; space budgets are `limit`.
 */
export const OUTCOME_OF_ISOLATE: Readonly<Record<IsolateOutcome, Outcome>> = {
  ok: "ok",
  error: "wrong",
  timeout: "timeout",
  "cpu-limit": "timeout",
  "fuel-limit": "timeout",
  "memory-limit": "limit",
  "output-limit": "limit",
  "disk-limit": "limit",
  "process-limit": "limit",
  policy: "policy",
  malformed: "malformed",
  cancelled: "infra",
  infra: "infra",
};
