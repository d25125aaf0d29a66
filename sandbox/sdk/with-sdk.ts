/** Puts the guest SDK beside the files of a program whose task grants tools. */
import { readFileSync } from "node:fs";
import type { IsolateRequest, SourceFiles } from "../../protocol/isolate.ts";

const PYTHON = "caster_miner_sdk.py";
const MODULE = "caster_miner_sdk.mjs";
const SCRIPT = "caster_miner_sdk.cjs";

/** At once, not later: in a simulation nothing waits for a disk. */
const read = (name: string): string => readFileSync(new URL(name, import.meta.url), "utf8");
const EXPORTED = /^export (?:async )?(?:function|class|const) (\w+)/gm;

/** The same for scripts, which have `require` instead of `import`. */
function asScript(module: string): string {
  const names = [...module.matchAll(EXPORTED)].map(([, name]) => name);
  return `${module.replace(/^export /gm, "")}\nmodule.exports = { ${names.join(", ")} };\n`;
}

const FILES = {
  python: () => ({ [PYTHON]: read(PYTHON) }),
  javascript: () => ({ [MODULE]: read(MODULE), [SCRIPT]: asScript(read(MODULE)) }),
};
const loaded = new Map<keyof typeof FILES, SourceFiles>();

/** The request itself when it grants nothing. A program that brings its own copy keeps it. */
export function withSdk(request: IsolateRequest): IsolateRequest {
  const { runtime, tools } = request;
  if (tools === undefined || runtime === "wasm") return request;
  const files = loaded.get(runtime) ?? FILES[runtime]();
  loaded.set(runtime, files);
  return { ...request, files: { ...files, ...request.files } };
}
