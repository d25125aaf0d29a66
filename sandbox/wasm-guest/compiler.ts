/** Compiles submitted modules: in a child behind the same layers as a guest, within limits, once for each module. */

import { lastLine } from "../text.ts";
import type { ChildProcess } from "../wasmtime/child-process.ts";
import { CompileReport } from "../wasmtime/guest-run.ts";
import { type ModuleRefusal, refuseModule } from "./check.ts";
import type { CodeCache } from "./code-cache.ts";

/** The worst modules within the bounds take about 10 s of one core; this is for machines far slower than that. */
const COMPILE_MS = 60_000;
const MAX_REFUSALS = 1_000;

export interface GuestModule {
  readonly sha256: string;
  /** Where its ahead-of-time code lies, checked just now. */
  readonly path: string;
}

export interface GuestCompiler {
  /** The code of a module, or why there is none. Throws `unavailable` when nothing can be compiled now. */
  compile(wasm: Uint8Array): Promise<GuestModule | ModuleRefusal>;
}

export function createGuestCompiler(options: {
  cache: CodeCache;
  start(): ChildProcess;
  stop(child: ChildProcess): Promise<void>;
}): GuestCompiler {
  /** The same module comes with every job of a submission; what was refused once is not tried again. */
  const refusals = new Map<string, ModuleRefusal>();
  const running = new Map<string, Promise<GuestModule | ModuleRefusal>>();

  const compileNow = async (wasm: Uint8Array, sha256: string): Promise<GuestModule | ModuleRefusal> => {
    const stored = await options.cache.find(sha256);
    if (stored !== undefined) return { sha256, path: stored };
    const compiled = await inChild(wasm);
    if ("outcome" in compiled) {
      if (compiled.outcome === "infra") return compiled; // another try may come to something
      if (refusals.size >= MAX_REFUSALS) refusals.clear();
      refusals.set(sha256, compiled);
      return compiled;
    }
    return { sha256, path: await options.cache.store(sha256, compiled.code) };
  };

  const inChild = async (wasm: Uint8Array): Promise<{ code: Uint8Array } | ModuleRefusal> => {
    const child = options.start();
    try {
      await child.ready();
      const given = await child.give(wasm, COMPILE_MS);
      if ("ended" in given) {
        if (given.ended === "timeout") return bomb(`${COMPILE_MS / 1_000} seconds`);
        return given.ended === "memory-limit" ? bomb(MEMORY) : { outcome: "infra", detail: given.detail };
      }
      const { data: report } = CompileReport.safeParse(given.said);
      if (report === undefined) return { outcome: "infra", detail: "the compiler's process told no report" };
      if ("tooLarge" in report) return bomb(MEMORY);
      if ("refused" in report)
        return { outcome: "error", detail: `no valid module: ${lastCause(report.refused)}` };
      return { code: Buffer.from(report.code, "base64") };
    } finally {
      await options.stop(child);
    }
  };

  return {
    async compile(wasm) {
      const sha256 = new Bun.CryptoHasher("sha256").update(wasm).digest("hex");
      const refused = refusals.get(sha256) ?? refuseModule(wasm);
      if (refused !== undefined) return refused;
      const already = running.get(sha256);
      if (already !== undefined) return await already;
      const work = compileNow(wasm, sha256);
      running.set(sha256, work);
      try {
        return await work;
      } finally {
        running.delete(sha256);
      }
    },
  };
}

const MEMORY = "the memory that a compiler gets";

const bomb = (limit: string): ModuleRefusal => ({
  outcome: "policy",
  detail: `the module needs more than ${limit} to be compiled`,
});

/** Of a chain of causes, one a line and numbered, the one that says what is wrong. */
const lastCause = (message: string): string => lastLine(message).replace(/^\s*\d+: /, "");
