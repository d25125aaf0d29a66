/** Puts the guest SDK beside the files of a program whose task grants tools. */
import type { IsolateRequest, SourceFiles } from "../../protocol/isolate.ts";

const PYTHON = "caster_miner_sdk.py";
const MODULE = "caster_miner_sdk.mjs";
const SCRIPT = "caster_miner_sdk.cjs";

const read = (name: string): Promise<string> => Bun.file(new URL(name, import.meta.url)).text();
const EXPORTED = /^export (?:async )?(?:function|class|const) (\w+)/gm;

/** The same for scripts, which have `require` instead of `import`. */
function asScript(module: string): string {
  const names = [...module.matchAll(EXPORTED)].map(([, name]) => name);
  return `${module.replace(/^export /gm, "")}\nmodule.exports = { ${names.join(", ")} };\n`;
}

let files: Promise<Record<"python" | "javascript", SourceFiles>> | undefined;

async function load(): Promise<Record<"python" | "javascript", SourceFiles>> {
  const [python, module] = await Promise.all([read(PYTHON), read(MODULE)]);
  return { python: { [PYTHON]: python }, javascript: { [MODULE]: module, [SCRIPT]: asScript(module) } };
}

/** The request itself when it grants nothing. A program that brings its own copy keeps it. */
export async function withSdk(request: IsolateRequest): Promise<IsolateRequest> {
  if (request.tools === undefined || request.runtime === "wasm") return request;
  files ??= load();
  return { ...request, files: { ...(await files)[request.runtime], ...request.files } };
}
