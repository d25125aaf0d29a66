/** The binary form of a WebAssembly module, as far as rewriting one needs it: sections, and the numbers and names in them. */

/** Section ids of the core specification, in the order a module must have them. */
export const SECTION = {
  custom: 0,
  type: 1,
  import: 2,
  function: 3,
  table: 4,
  memory: 5,
  global: 6,
  export: 7,
  start: 8,
  element: 9,
  dataCount: 12,
  code: 10,
  data: 11,
} as const;

export interface WasmSection {
  readonly id: number;
  readonly body: Uint8Array;
}

const PREAMBLE = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0];
const MORE = 0x80;

/** Splits a module into its sections. Throws `RangeError` for what is no module of version 1. */
export function sectionsOf(wasm: Uint8Array): WasmSection[] {
  if (!PREAMBLE.every((byte, index) => wasm[index] === byte))
    throw new RangeError("not a WebAssembly module");
  const reader = new WasmReader(wasm, PREAMBLE.length);
  const sections: WasmSection[] = [];
  while (!reader.done) {
    const id = reader.byte();
    sections.push({ id, body: reader.bytes(reader.u32()) });
  }
  return sections;
}

/** Puts sections together to a module; they must be in order. */
export const moduleOf = (sections: readonly WasmSection[]): Uint8Array<ArrayBuffer> =>
  new Uint8Array(
    Buffer.concat([
      Uint8Array.from(PREAMBLE),
      ...sections.flatMap(({ id, body }) => [Uint8Array.from([id, ...u32(body.length)]), body]),
    ]),
  );

/** Reads what a section's body holds, front to back. */
export class WasmReader {
  readonly #bytes: Uint8Array;
  at: number;

  constructor(bytes: Uint8Array, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.#bytes.length;
  }

  byte(): number {
    const byte = this.#bytes[this.at++];
    if (byte === undefined) throw new RangeError("the WebAssembly module is cut off");
    return byte;
  }

  bytes(size: number): Uint8Array {
    if (this.at + size > this.#bytes.length) throw new RangeError("the WebAssembly module is cut off");
    this.at += size;
    return this.#bytes.subarray(this.at - size, this.at);
  }

  /** Unsigned LEB128. */
  u32(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.byte();
      value += (byte & ~MORE) * 2 ** shift;
      if ((byte & MORE) === 0) return value;
    }
    throw new RangeError("a number of the WebAssembly module is too long");
  }

  name(): string {
    return new TextDecoder().decode(this.bytes(this.u32()));
  }

  /** Passes over an initialiser: instructions up to and with the end. Only the constant ones of globals are known. */
  constant(): Uint8Array {
    const from = this.at;
    for (let opcode = this.byte(); opcode !== OPCODE.end; opcode = this.byte()) {
      if (opcode === OPCODE.f32Const) this.bytes(4);
      else if (opcode === OPCODE.f64Const) this.bytes(8);
      else if (!CONSTANTS.includes(opcode)) throw new RangeError(`no constant: opcode ${opcode}`);
      else while ((this.byte() & MORE) !== 0);
    }
    return this.#bytes.subarray(from, this.at);
  }
}

export const OPCODE = {
  end: 0x0b,
  call: 0x10,
  callIndirect: 0x11,
  drop: 0x1a,
  globalGet: 0x23,
  i32Const: 0x41,
  i64Const: 0x42,
  f32Const: 0x43,
  f64Const: 0x44,
  refNull: 0xd0,
  refFunc: 0xd2,
} as const;
const CONSTANTS: readonly number[] = [
  OPCODE.globalGet,
  OPCODE.i32Const,
  OPCODE.i64Const,
  OPCODE.refNull,
  OPCODE.refFunc,
];

/** Unsigned LEB128. */
export function u32(value: number): number[] {
  const bytes: number[] = [];
  let left = value;
  while (left >= MORE) {
    bytes.push((left % MORE) | MORE);
    left = Math.floor(left / MORE);
  }
  return [...bytes, left];
}

/** Signed LEB128. */
export function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let left = value; ; ) {
    const low = Number(left & 0x7fn);
    left >>= 7n;
    const last = (left === 0n && (low & 0x40) === 0) || (left === -1n && (low & 0x40) !== 0);
    bytes.push(last ? low : low | MORE);
    if (last) return bytes;
  }
}

export const nameBytes = (text: string): number[] => {
  const bytes = Buffer.from(text);
  return [...u32(bytes.length), ...bytes];
};
