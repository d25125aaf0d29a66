/** One instance of the module in a store of its own: its exports, its memory, and why it stopped. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import { cString, errorText, fromSlot, type Handle, slot, takeText, type Wasmtime } from "./c-api.ts";
import type { Guest } from "./guest.ts";
import type { GuestEnd } from "./guest-run.ts";

const TRAP_ENDS: Readonly<Record<number, GuestEnd>> = {
  0: "stack-overflow",
  10: "timeout",
  11: "fuel-limit",
};
/** Words of 64 bits in a `wasmtime_val_t`: its kind, then the value. */
const VALUE_WORDS = 4;
const PAYLOAD_WORD = 1;
const F64 = 3;
const MEMORY = 3;
const FUNCTION = 0;

/** What Wasmtime says of memory or tables that are larger from the start than the store allows. */
const ABOVE_LIMIT = /exceeds (?:memory|table) limits|resource limit exceeded/;

/** The guest stopped inside Wasmtime. */
export class Trapped extends Error {
  readonly end: GuestEnd;
  constructor(end: GuestEnd, message: string) {
    super(message);
    this.end = end;
  }
}

export class Instance {
  readonly guest: Guest;
  readonly context: Handle<"context">;
  readonly #api: Wasmtime;
  readonly #instance = new BigUint64Array(2);
  readonly #functions = new Map<string, BigUint64Array>();
  #memory: BigUint64Array | undefined;

  constructor(api: Wasmtime, context: Handle<"context">, guest: Guest) {
    this.#api = api;
    this.context = context;
    this.guest = guest;
  }

  /** Instantiates. Throws `Trapped` when the module does not fit the store's limits or its own beginning fails. */
  start(pre: Pointer): void {
    const trap = slot();
    const refused = this.#api.wasmtime_instance_pre_instantiate(pre, this.context, this.#instance, trap);
    if (trap[0] !== 0n) throw trapped(this.#api, fromSlot<"trap">(trap));
    if (refused !== null) {
      const message = cause(errorText(this.#api, refused));
      throw new Trapped(ABOVE_LIMIT.test(message) ? "memory-limit" : "fault", message);
    }
    this.#memory = this.#find("memory", MEMORY);
    this.attach();
  }

  /** Calls an export with i32 arguments; its only result, 0 without. Throws `Trapped`. */
  call(name: string, ...args: number[]): number {
    const called = this.#functions.get(name) ?? this.#find(name, FUNCTION);
    if (called === undefined) throw new Trapped("trap", `the module exports no function ${name}`);
    this.#functions.set(name, called);
    const given = new BigUint64Array(Math.max(1, args.length) * VALUE_WORDS);
    args.forEach((value, index) => {
      given[index * VALUE_WORDS + PAYLOAD_WORD] = BigInt(value >>> 0);
    });
    const results = new BigUint64Array(VALUE_WORDS);
    const trap = slot();
    const hasResult = name !== START;
    const count = hasResult ? (RESULTS[name] ?? 1) : 0;
    const error = this.#api.wasmtime_func_call(
      this.context,
      called,
      given,
      args.length,
      results,
      count,
      trap,
    );
    if (trap[0] !== 0n) throw trapped(this.#api, fromSlot<"trap">(trap));
    if (error !== null) throw new Trapped("fault", cause(errorText(this.#api, error)));
    if (hasResult) this.attach();
    if ((Number(results[0]) & 0xff) === F64) return new Float64Array(results.buffer)[PAYLOAD_WORD]!;
    return Number(BigInt.asIntN(32, results[PAYLOAD_WORD]!));
  }

  /** Looks at the memory again when it has grown; the view of a smaller one would hide what is new. */
  attach(): void {
    if (this.#memory === undefined) return;
    const size = Number(this.#api.wasmtime_memory_data_size(this.context, this.#memory));
    if (size === this.guest.memory.size) return;
    const data = this.#api.wasmtime_memory_data(this.context, this.#memory) as Pointer;
    this.guest.memory.attach(size === 0 ? new ArrayBuffer(0) : toArrayBuffer(data, 0, size));
  }

  #find(name: string, kind: number): BigUint64Array | undefined {
    const extern = new BigUint64Array(4);
    const bytes = cString(name);
    const found = this.#api.wasmtime_instance_export_get(
      ...([this.context, this.#instance, bytes, name.length, extern] as const),
    );
    if (!found || (Number(extern[0]) & 0xff) !== kind) return undefined;
    return extern.subarray(1, 4); // the payload, as func or memory
  }
}

const START = "_start";
/** Exports of QuickJS that give nothing; all others give one value. */
const RESULTS: Readonly<Record<string, number>> = { wasm_free: 0, qjs_free_cstring: 0 };

function trapped(api: Wasmtime, trap: Handle<"trap">): Trapped {
  const vec = new BigUint64Array(2);
  api.wasm_trap_message(trap, vec);
  const message = cause(takeText(api, vec));
  const code = new Uint8Array(1);
  const known = api.wasmtime_trap_code(trap, code);
  api.wasm_trap_delete(trap);
  return new Trapped(known ? (TRAP_ENDS[code[0]!] ?? "trap") : "trap", message);
}

/** The last line of Wasmtime's report; the backtrace before it names functions of the interpreter only. */
const cause = (message: string): string => message.trim().split("\n").at(-1)?.trim() ?? "";
