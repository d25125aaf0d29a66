/**
 * Child process: makes the ahead-of-time code of a module of ours. `build-module.ts LIBRARY WASM OUT [LANGUAGE HARNESS]`
 * With a language the module is pre-initialised with the harness first. Prints the digest of the module that was compiled.
 */
import { compile } from "./compile.ts";
import { freezeJavaScript } from "./snapshot/javascript.ts";
import { freezePython } from "./snapshot/python.ts";

const FREEZE = { python: freezePython, javascript: freezeJavaScript } as const;
export type FrozenLanguage = keyof typeof FREEZE;

const [libraryPath, wasmPath, outPath, language, harnessPath] = process.argv.slice(2);
if (libraryPath === undefined || wasmPath === undefined || outPath === undefined) process.exit(2);
try {
  const wasm = await Bun.file(wasmPath).bytes();
  const module =
    language === undefined || harnessPath === undefined
      ? wasm
      : await FREEZE[language as FrozenLanguage](wasm, await Bun.file(harnessPath).text());
  const code = compile(libraryPath, module);
  if (typeof code === "string") throw new Error(code);
  await Bun.write(outPath, code);
  console.log(new Bun.CryptoHasher("sha256").update(module).digest("hex"));
} catch (thrown) {
  console.error(thrown instanceof Error ? thrown.message : String(thrown)); // the node tells it in one line
  process.exit(1);
}
process.exit(0);
