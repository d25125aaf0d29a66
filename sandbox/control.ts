/** The control: what a program known to be good comes to where another has just broken the isolate down. */
import { isDeepStrictEqual } from "node:util";
import {
  type CaseResult,
  DEFAULT_LIMITS,
  type IsolateLimits,
  type IsolateRequest,
  type IsolateRuntime,
} from "../protocol/isolate.ts";
import type { IsolateBackend } from "./isolate.ts";

/** In fresh isolates: a machine that fails now and then would pass a single one too often. */
const RUNS = 3;
const COUNT = 2_000;
const MOST_HELD = 2 ** 30;
/** Slow for any machine that works. */
const BYTES_PER_MS = 100_000;
/** So much that time ends what hangs. */
const FUEL = 1e12;

/** Each holds and fills memory, computes, and answers so that a wrong bit shows. */
const PROGRAMS: Readonly<Record<IsolateRuntime, { entry: string; source: string }>> = {
  python: {
    entry: "orrery_control.py",
    source: `def solve(given):
    held = b"\\1" * given["bytes"]
    return [held[::4096].count(1) * 4096, sum(n * n for n in range(given["count"]))]`,
  },
  javascript: {
    entry: "orrery_control.js",
    source: `function solve({ bytes, count }) {
  const held = new Uint8Array(bytes).fill(1);
  let [ones, sum] = [0, 0];
  for (let at = 0; at < bytes; at += 4096) ones += held[at];
  for (let n = 0; n < count; n++) sum += n * n;
  return [ones * 4096, sum];
}`,
  },
  /**
   * (module (import "wasi_snapshot_preview1" "fd_write" (func $fd_write (param i32 i32 i32 i32) (result i32)))
   *   (memory (export "memory") 256) (data (i32.const 16) "true")
   *   (func (export "_start") (local $i i32) (local $sum i32)
   *     (memory.fill (i32.const 65536) (i32.const 1) (i32.const 16711680))
   *     (loop $more
   *       (local.set $sum (i32.add (local.get $sum) (i32.load8_u (i32.add (i32.const 65536) (local.get $i)))))
   *       (br_if $more (i32.lt_u (local.tee $i (i32.add (local.get $i) (i32.const 1))) (i32.const 16711680))))
   *     (if (i32.ne (local.get $sum) (i32.const 16711680)) (then unreachable))
   *     (i32.store (i32.const 0) (i32.const 16)) (i32.store (i32.const 4) (i32.const 4))
   *     (drop (call $fd_write (i32.const 3) (i32.const 0) (i32.const 1) (i32.const 8)))))
   */
  wasm: {
    entry: "orrery_control.wasm",
    source: [
      "AGFzbQEAAAABDAJgBH9/f38Bf2AAAAIjARZ3YXNpX3NuYXBzaG90X3ByZXZpZXcxCGZkX3dyaXRlAAADAgEBBQQBAIACBxMCBm1l",
      "bW9yeQIABl9zdGFydAABCloBWAECf0GAgARBAUGAgPwH/AsAA0AgAUGAgAQgAGotAABqIQEgAEEBaiIAQYCA/AdJDQALIAFBgID8",
      "B0cEQAALQQBBEDYCAEEEQQQ2AgBBA0EAQQFBCBAAGgsLCgEAQRALBHRydWU=",
    ].join(""),
  },
};

/** What a simulated isolate may want to know. */
export const isControl = ({ runtime, entry }: Pick<IsolateRequest, "runtime" | "entry">): boolean =>
  entry === PROGRAMS[runtime].entry;

/** What the control answers when all is well. */
export const controlAnswer = ({ runtime, limits }: Pick<IsolateRequest, "runtime" | "limits">) =>
  runtime === "wasm" ? true : [heldBy(limits), ((COUNT - 1) * COUNT * (2 * COUNT - 1)) / 6];

/**
 * Runs the control a few times in the place of `request`: the same back end and runtime, at least as much memory, half of
 * which it fills. Ends with the first that does not run well. `salt` makes a module of its own of it, which has to be compiled anew. Throws as `IsolateBackend.run` does.
 */
export async function runControl(
  backend: IsolateBackend,
  request: IsolateRequest,
  { salt, signal }: { salt: string; signal?: AbortSignal },
): Promise<{ good: boolean; controls: CaseResult[] }> {
  const { runtime, seed } = request;
  const limits = roomy(request.limits);
  const { entry, source } = PROGRAMS[runtime];
  const file = runtime === "wasm" ? salted(source, salt) : source;
  const input = runtime === "wasm" ? null : { bytes: heldBy(limits), count: COUNT };
  const expected = controlAnswer({ runtime, limits });
  const controls: CaseResult[] = [];
  let good = true;
  for (let run = 0; good && run < RUNS; run++) {
    const { cases } = await backend.run(
      { ...{ runtime, entry, limits, seed }, files: { [entry]: file }, cases: [input] },
      signal === undefined ? {} : { signal },
    );
    good = cases.every(({ outcome, output }) => outcome === "ok" && isDeepStrictEqual(output, expected));
    controls.push(...cases);
  }
  return { good, controls };
}

/** No tighter than usual: that a program of a mechanism's has little time must not make the control fail. */
function roomy(limits: IsolateLimits): IsolateLimits {
  const memoryBytes = Math.max(limits.memoryBytes, DEFAULT_LIMITS.memoryBytes);
  const timeMs = DEFAULT_LIMITS.wallMs + Math.ceil(heldBy({ memoryBytes }) / BYTES_PER_MS);
  return { ...DEFAULT_LIMITS, memoryBytes, wallMs: timeMs, cpuMs: timeMs, fuel: FUEL };
}

/** Half of the memory, in whole pages: what was killed because the machine had not as much was not to blame. */
const heldBy = ({ memoryBytes }: Pick<IsolateLimits, "memoryBytes">): number =>
  Math.floor(Math.min(memoryBytes / 2, MOST_HELD) / 4_096) * 4_096;

/** A custom section that says nothing but makes another module. */
function salted(base64: string, salt: string): string {
  const name = new Bun.CryptoHasher("sha256").update(salt).digest("hex").slice(0, 32);
  const section = [0, name.length + 1, name.length, ...Buffer.from(name)];
  return Buffer.concat([Buffer.from(base64, "base64"), Buffer.from(section)]).toString("base64");
}
