/** What a submitted WebAssembly module must be to be compiled at all: bounded in everything that makes a compiler work. */
import { WASI_FUNCTIONS } from "../wasmtime/host-functions.ts";
import { SECTION, sectionsOf, WasmReader, type WasmSection } from "../wasmtime/wasm-sections.ts";
import { effortOf } from "./effort.ts";

export interface ModuleRefusal {
  /** `infra`: the compiler broke down over it. */
  readonly outcome: "policy" | "error" | "infra";
  readonly detail: string;
}

/**
 * Bounds well above what the usual compilers produce. They hold compile time and memory within seconds and hundreds
 * of megabytes, so that the verdict does not depend on how fast a validator's machine is.
 */
export const MODULE_BOUNDS = {
  bytes: 6 * 1024 * 1024,
  functions: 40_000,
  functionBytes: 256 * 1024,
  functionLocals: 2_000,
  functionBranches: 6_000,
  /** Variables × branches of one function: at each branch every variable may have to be carried over. */
  functionMerges: 1_500_000,
  functionDepth: 1_000,
  locals: 500_000,
  segments: 50_000,
  /** Of a module that begins with more memory than Wasmtime makes an image of: each is code of its own then. */
  scatteredSegments: 1_000,
  branches: 250_000,
} as const;

const WASI = "wasi_snapshot_preview1";
const FUNCTION = 0;
const FUNCTION_TYPE = 0x60;
const START = "_start";
const COMPONENT = [0, 0x61, 0x73, 0x6d, 0x0d, 0];

/** Undefined when the module may be compiled. Whether it is valid beyond that, the compiler says. */
export function refuseModule(wasm: Uint8Array): ModuleRefusal | undefined {
  if (wasm.length > MODULE_BOUNDS.bytes) return above(MODULE, wasm.length, "bytes", MODULE_BOUNDS.bytes);
  if (COMPONENT.every((byte, index) => wasm[index] === byte)) {
    return wrong("the file is a WebAssembly component: isolates run modules for WASI preview 1");
  }
  try {
    const sections = sectionsOf(wasm);
    const types = typesOf(sections);
    const imported: number[] = [];
    return (
      refuseImports(sections, types, imported) ??
      refuseStart(sections, types, imported) ??
      refuseCode(sections) ??
      refuseData(sections)
    );
  } catch (error) {
    if (error instanceof RangeError) return wrong(error.message);
    throw error;
  }
}

const wrong = (detail: string): ModuleRefusal => ({ outcome: "error", detail });
const above = (what: string, found: number, unit: string, limit: number): ModuleRefusal => ({
  outcome: "policy",
  detail: `${what} ${found} ${unit}, more than ${limit}`,
});

/** `i` is i32, `I` is i64, as in the table of WASI functions; anything else is `?`. */
const letters = (types: Uint8Array): string =>
  [...types].map((type) => (type === 0x7f ? "i" : type === 0x7e ? "I" : "?")).join("");

/** Function types as parameters, arrow, results. */
function typesOf(sections: readonly WasmSection[]): string[] {
  const types: string[] = [];
  for (const reader of readers(sections, SECTION.type)) {
    for (let left = reader.u32(); left > 0; left--) {
      if (reader.byte() !== FUNCTION_TYPE) throw new RangeError("a type that is no function's");
      types.push(`${letters(reader.bytes(reader.u32()))}>${letters(reader.bytes(reader.u32()))}`);
    }
  }
  return types;
}

/** Collects the types of imported functions, which are numbered before the module's own. */
function refuseImports(
  sections: readonly WasmSection[],
  types: readonly string[],
  imported: number[],
): ModuleRefusal | undefined {
  for (const reader of readers(sections, SECTION.import)) {
    for (let left = reader.u32(); left > 0; left--) {
      const [module, name] = [reader.name(), reader.name()];
      const known = reader.byte() === FUNCTION && module === WASI && Object.hasOwn(WASI_FUNCTIONS, name);
      const shown = `${module}.${name}`.slice(0, 200);
      if (!known)
        return wrong(`the module imports ${shown}: isolates have the functions of ${WASI} and nothing else`);
      const type = reader.u32();
      if (types[type] !== `${WASI_FUNCTIONS[name]}>${name === "proc_exit" ? "" : "i"}`) {
        return wrong(`the module imports ${shown} with other parameters than it has`);
      }
      imported.push(type);
    }
  }
  return undefined;
}

function refuseStart(
  sections: readonly WasmSection[],
  types: readonly string[],
  imported: readonly number[],
): ModuleRefusal | undefined {
  const own = readers(sections, SECTION.function).flatMap((reader) =>
    Array.from({ length: Math.min(reader.u32(), MODULE_BOUNDS.functions) }, () => reader.u32()),
  );
  for (const reader of readers(sections, SECTION.export)) {
    for (let left = reader.u32(); left > 0; left--) {
      const [name, kind, index] = [reader.name(), reader.byte(), reader.u32()];
      if (name !== START || kind !== FUNCTION) continue;
      const type = types[[...imported, ...own][index] ?? -1];
      return type === ">" ? undefined : wrong(`${START} has parameters or results`);
    }
  }
  return wrong(`the module exports no function ${START}: build it as a command, not as a library`);
}

function refuseCode(sections: readonly WasmSection[]): ModuleRefusal | undefined {
  const total = { locals: 0, branches: 0 };
  for (const reader of readers(sections, SECTION.code)) {
    const functions = reader.u32();
    if (functions > MODULE_BOUNDS.functions)
      return above(MODULE, functions, "functions", MODULE_BOUNDS.functions);
    for (let index = 0; index < functions; index++) {
      const size = reader.u32();
      if (size > MODULE_BOUNDS.functionBytes)
        return above(FUNCTIONS, size, "bytes", MODULE_BOUNDS.functionBytes);
      const body = new WasmReader(reader.bytes(size));
      const locals = localsOf(body);
      if (locals > MODULE_BOUNDS.functionLocals) {
        return above(FUNCTIONS, locals, "variables", MODULE_BOUNDS.functionLocals);
      }
      const { branches, depth } = effortOf(body);
      if (branches > MODULE_BOUNDS.functionBranches) {
        return above(FUNCTIONS, branches, "branches and calls", MODULE_BOUNDS.functionBranches);
      }
      const merges = locals * branches;
      if (merges > MODULE_BOUNDS.functionMerges) {
        return above(FUNCTIONS, merges, "variables times branches", MODULE_BOUNDS.functionMerges);
      }
      if (depth > MODULE_BOUNDS.functionDepth) {
        return above(FUNCTIONS, depth, "blocks within blocks", MODULE_BOUNDS.functionDepth);
      }
      total.locals += locals;
      total.branches += branches;
    }
  }
  if (total.locals > MODULE_BOUNDS.locals)
    return above(MODULE, total.locals, "variables", MODULE_BOUNDS.locals);
  if (total.branches <= MODULE_BOUNDS.branches) return undefined;
  return above(MODULE, total.branches, "branches and calls", MODULE_BOUNDS.branches);
}

function refuseData(sections: readonly WasmSection[]): ModuleRefusal | undefined {
  const pages = readers(sections, SECTION.memory).map((reader) => {
    if (reader.u32() === 0) return 0;
    reader.byte();
    return reader.u32();
  });
  const limit =
    Math.max(0, ...pages) > IMAGE_PAGES ? MODULE_BOUNDS.scatteredSegments : MODULE_BOUNDS.segments;
  const found = readers(sections, SECTION.data).reduce((sum, reader) => sum + reader.u32(), 0);
  return found > limit ? above(MODULE, found, "pieces of data", limit) : undefined;
}

/** 16 MiB. */
const IMAGE_PAGES = 256;

const MODULE = "the module has";
const FUNCTIONS = "a function has";

function localsOf(body: WasmReader): number {
  let locals = 0;
  for (let groups = body.u32(); groups > 0; groups--) {
    locals += body.u32();
    body.byte();
  }
  return locals;
}

const readers = (sections: readonly WasmSection[], id: number): WasmReader[] =>
  sections.filter((section) => section.id === id).map(({ body }) => new WasmReader(body));
