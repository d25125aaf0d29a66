/**
 * Pre-initialises a module, as Wizer does: runs it to the point where it would begin to differ from run to run, then makes
 * a module whose initial memory and globals are what they were there. Nothing of it depends on the machine, since
 * neither does anything the module could see: the same module comes out everywhere.
 */
import {
  moduleOf,
  nameBytes,
  OPCODE,
  SECTION,
  sectionsOf,
  signed,
  u32,
  WasmReader,
  type WasmSection,
} from "../wasm-sections.ts";

/** A module that ran up to where it is to begin. */
export interface Prepared {
  readonly exports: WebAssembly.Exports;
  /** The body of the new `_start`, of instructions that leave nothing on the stack. */
  readonly start: (indices: ModuleIndices) => number[];
}

/** Looks up what instructions name by number. */
export interface ModuleIndices {
  /** Function of that exported name. */
  exported(name: string): number;
  /** Type that takes so many i32 and gives one. */
  i32s(parameters: number): number;
}

const GLOBAL = "orrery:global:";
const START = "_start";
const PAGE = 65_536;
/** Shorter runs of zeros are stored: a segment's head costs about as much, and their number is limited. */
const MIN_GAP = 256;
const FUNCTION = 0;
const GLOBAL_KIND = 3;
const FUNCTION_TYPE = 0x60;
const I32 = 0x7f;
const KIND = { i32: 0x7f, i64: 0x7e } as const;

/** The frozen module. `prepare` gets the module with all its globals exported and instantiates it. */
export async function freeze(
  wasm: Uint8Array,
  prepare: (module: WebAssembly.Module) => Promise<Prepared>,
): Promise<Uint8Array<ArrayBuffer>> {
  const sections = sectionsOf(wasm).filter(({ id }) => id !== SECTION.custom);
  const globals = globalsOf(sections);
  const exports = exportsOf(sections);
  const shown = [
    ...exports,
    ...globals.map((_, index) => ({ name: `${GLOBAL}${index}`, kind: GLOBAL_KIND, index })),
  ];
  const open = replace(sections, SECTION.export, exportSection(shown));
  const prepared = await prepare(new WebAssembly.Module(moduleOf(open)));
  const memory = prepared.exports.memory as WebAssembly.Memory;
  const values = globals.map(
    (_, index) => (prepared.exports[`${GLOBAL}${index}`] as WebAssembly.Global).value,
  );

  const types = typesOf(sections);
  const begin = addFunction(
    sections,
    prepared.start({ exported: functionNamed(exports), i32s: i32sOf(types) }),
    types,
  );
  const data = dataSection(new Uint8Array(memory.buffer));
  let frozen = begin.sections.filter(({ id }) => id !== SECTION.start);
  frozen = replace(frozen, SECTION.memory, memorySection(sections, memory.buffer.byteLength / PAGE));
  frozen = replace(frozen, SECTION.global, globalSection(globals, values));
  frozen = replace(
    frozen,
    SECTION.export,
    exportSection([
      ...exports.filter(({ name }) => name !== START),
      { name: START, kind: FUNCTION, index: begin.index },
    ]),
  );
  frozen = replace(frozen, SECTION.dataCount, Uint8Array.from(u32(data.count)));
  return moduleOf(replace(frozen, SECTION.data, data.body));
}

const replace = (sections: readonly WasmSection[], id: number, body: Uint8Array): WasmSection[] =>
  sections.map((section) => (section.id === id ? { id, body } : section));

function bodyOf(sections: readonly WasmSection[], id: number): Uint8Array {
  const found = sections.find((section) => section.id === id);
  if (found === undefined) throw new RangeError(`the module has no section ${id}`);
  return found.body;
}

interface Global {
  readonly type: number;
  readonly mutable: boolean;
  readonly initial: Uint8Array;
}

function globalsOf(sections: readonly WasmSection[]): Global[] {
  const reader = new WasmReader(bodyOf(sections, SECTION.global));
  return Array.from({ length: reader.u32() }, () => ({
    type: reader.byte(),
    mutable: reader.byte() === 1,
    initial: reader.constant().slice(),
  }));
}

function globalSection(globals: readonly Global[], values: readonly unknown[]): Uint8Array {
  const entries = globals.flatMap(({ type, mutable, initial }, index) => {
    if (!mutable) return [type, 0, ...initial];
    const value = values[index];
    if (type === KIND.i32) return [type, 1, OPCODE.i32Const, ...signed(BigInt(value as number)), OPCODE.end];
    if (type === KIND.i64) return [type, 1, OPCODE.i64Const, ...signed(value as bigint), OPCODE.end];
    throw new RangeError(`a global of type ${type} that changes`);
  });
  return Uint8Array.from([...u32(globals.length), ...entries]);
}

interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

function exportsOf(sections: readonly WasmSection[]): Export[] {
  const reader = new WasmReader(bodyOf(sections, SECTION.export));
  return Array.from({ length: reader.u32() }, () => ({
    name: reader.name(),
    kind: reader.byte(),
    index: reader.u32(),
  }));
}

const exportSection = (exports: readonly Export[]): Uint8Array =>
  Uint8Array.from([
    ...u32(exports.length),
    ...exports.flatMap(({ name, kind, index }) => [...nameBytes(name), kind, ...u32(index)]),
  ]);

const functionNamed =
  (exports: readonly Export[]) =>
  (name: string): number => {
    const found = exports.find((each) => each.name === name && each.kind === FUNCTION);
    if (found === undefined) throw new RangeError(`the module exports no function ${name}`);
    return found.index;
  };

interface FunctionType {
  readonly parameters: readonly number[];
  readonly results: readonly number[];
}

function typesOf(sections: readonly WasmSection[]): FunctionType[] {
  const reader = new WasmReader(bodyOf(sections, SECTION.type));
  return Array.from({ length: reader.u32() }, () => {
    if (reader.byte() !== FUNCTION_TYPE) throw new RangeError("a type that is no function's");
    return { parameters: [...reader.bytes(reader.u32())], results: [...reader.bytes(reader.u32())] };
  });
}

function typeIndex(
  types: readonly FunctionType[],
  parameters: readonly number[],
  results: readonly number[],
): number {
  const index = types.findIndex(
    (type) => String(type.parameters) === String(parameters) && String(type.results) === String(results),
  );
  if (index < 0) throw new RangeError("the module has no such function type");
  return index;
}

const i32sOf =
  (types: readonly FunctionType[]) =>
  (parameters: number): number =>
    typeIndex(
      types,
      Array.from({ length: parameters }, () => I32),
      [I32],
    );

/** Appends a function without parameters and results; every other keeps its number. */
function addFunction(
  sections: readonly WasmSection[],
  body: readonly number[],
  types: readonly FunctionType[],
) {
  const append = (id: number, entry: readonly number[]): Uint8Array => {
    const reader = new WasmReader(bodyOf(sections, id));
    const count = reader.u32();
    return Buffer.concat([
      Uint8Array.from(u32(count + 1)),
      bodyOf(sections, id).subarray(reader.at),
      Uint8Array.from(entry),
    ]);
  };
  const code = [0, ...body, OPCODE.end]; // no locals
  let changed = replace(sections, SECTION.function, append(SECTION.function, u32(typeIndex(types, [], []))));
  changed = replace(changed, SECTION.code, append(SECTION.code, [...u32(code.length), ...code]));
  const own = new WasmReader(bodyOf(sections, SECTION.function)).u32();
  return { sections: changed, index: importedFunctions(sections) + own };
}

function importedFunctions(sections: readonly WasmSection[]): number {
  if (!sections.some(({ id }) => id === SECTION.import)) return 0;
  const reader = new WasmReader(bodyOf(sections, SECTION.import));
  const kinds = Array.from({ length: reader.u32() }, () => {
    reader.name();
    reader.name();
    const kind = reader.byte();
    if (kind !== FUNCTION) throw new RangeError("an import that is no function");
    reader.u32();
    return kind;
  });
  return kinds.length;
}

/** As it was, but as large as it has grown. */
function memorySection(sections: readonly WasmSection[], pages: number): Uint8Array {
  const reader = new WasmReader(bodyOf(sections, SECTION.memory));
  if (reader.u32() !== 1) throw new RangeError("the module has not one memory");
  const bounded = reader.byte() === 1;
  reader.u32();
  return Uint8Array.from([1, bounded ? 1 : 0, ...u32(pages), ...(bounded ? u32(reader.u32()) : [])]);
}

/** Everything in memory that is not zero, as active segments. */
function dataSection(memory: Uint8Array): { count: number; body: Uint8Array } {
  const parts: Uint8Array[] = [];
  let count = 0;
  for (const [from, to] of runs(memory)) {
    parts.push(
      Uint8Array.from([0, OPCODE.i32Const, ...signed(BigInt(from | 0)), OPCODE.end, ...u32(to - from)]),
    );
    parts.push(memory.subarray(from, to));
    count++;
  }
  return { count, body: Buffer.concat([Uint8Array.from(u32(count)), ...parts]) };
}

function* runs(memory: Uint8Array): Generator<[number, number]> {
  let from = -1;
  let zeros = 0;
  for (let at = 0; at < memory.length; at++) {
    if (memory[at] === 0) {
      if (from >= 0 && ++zeros >= MIN_GAP) {
        yield [from, at - zeros + 1];
        from = -1;
      }
      continue;
    }
    if (from < 0) from = at;
    zeros = 0;
  }
  if (from >= 0) yield [from, memory.length - zeros];
}
