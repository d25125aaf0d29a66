/** Gives a linker the imports of guests, answered by whichever guest is running. They run on the calling thread. */
import { JSCallback, type Pointer, read, toArrayBuffer } from "bun:ffi";
import { cString, expectOk, type Handle, type Wasmtime } from "./c-api.ts";
import { CALL_FUEL, EndGuest, type Guest, type HostArgs } from "./guest.ts";
import { QUICKJS_IMPORTS, type QuickJs } from "./quickjs.ts";

const WASI = "wasi_snapshot_preview1";
/** Parameters of every preview 1 function: `i` is i32, `I` is i64. All but `proc_exit` return an i32. */
export const WASI_FUNCTIONS: Readonly<Record<string, string>> = {
  args_get: "ii",
  args_sizes_get: "ii",
  environ_get: "ii",
  environ_sizes_get: "ii",
  clock_res_get: "ii",
  clock_time_get: "iIi",
  fd_advise: "iIIi",
  fd_allocate: "iII",
  fd_close: "i",
  fd_datasync: "i",
  fd_fdstat_get: "ii",
  fd_fdstat_set_flags: "ii",
  fd_fdstat_set_rights: "iII",
  fd_filestat_get: "ii",
  fd_filestat_set_size: "iI",
  fd_filestat_set_times: "iIIi",
  fd_pread: "iiiIi",
  fd_prestat_get: "ii",
  fd_prestat_dir_name: "iii",
  fd_pwrite: "iiiIi",
  fd_read: "iiii",
  fd_readdir: "iiiIi",
  fd_renumber: "ii",
  fd_seek: "iIii",
  fd_sync: "i",
  fd_tell: "ii",
  fd_write: "iiii",
  path_create_directory: "iii",
  path_filestat_get: "iiiii",
  path_filestat_set_times: "iiiiIIi",
  path_link: "iiiiiii",
  path_open: "iiiiiIIii",
  path_readlink: "iiiiii",
  path_remove_directory: "iii",
  path_rename: "iiiiii",
  path_symlink: "iiiii",
  path_unlink_file: "iii",
  poll_oneoff: "iiii",
  proc_exit: "i",
  proc_raise: "i",
  random_get: "ii",
  sched_yield: "",
  sock_accept: "iii",
  sock_recv: "iiiiii",
  sock_send: "iiiii",
  sock_shutdown: "ii",
};

const ENDED = "ended by the host";
const FAULT = 21;
const VALUE_BYTES = 32;
const PAYLOAD = 8;
const I32 = 0;
const I64 = 1;

/** Calls into the running guest's world. `current` says which one, with its memory attached. */
export interface HostCalls {
  current(): Guest;
  /** The running guest as QuickJS, for modules that are. */
  quickJs?(): QuickJs;
  /** Takes what the host's work costs off the guest's fuel. */
  charge(guest: Guest): void;
  /** Why the guest was ended from a host function, if it was; thrown errors of ours end up here as well. */
  ended(error: unknown): void;
}

interface HostFunction {
  readonly module: string;
  readonly name: string;
  /** `i` is i32, `I` is i64. */
  readonly parameters: string;
  readonly result: boolean;
  answer(guest: Guest, args: HostArgs): number;
}

/** Defines every function on the linker. The returned object must stay referenced as long as the linker is used. */
export function defineHostFunctions(
  api: Wasmtime,
  linker: Handle<"linker">,
  calls: HostCalls,
): readonly unknown[] {
  const functions = hostFunctions(calls.quickJs);
  const call = (
    which: number,
    _caller: Pointer,
    at: Pointer,
    _n: unknown,
    results: Pointer,
  ): Pointer | null => {
    const args = { u32: (index: number) => read.u32(at, index * VALUE_BYTES + PAYLOAD) };
    try {
      const guest = calls.current();
      const value = functions[which - 1]!.answer(guest, args);
      calls.charge(guest);
      if (results !== null) {
        const slot = new DataView(toArrayBuffer(results, 0, VALUE_BYTES));
        slot.setUint8(0, I32);
        slot.setInt32(PAYLOAD, value, true);
      }
      return null;
    } catch (error) {
      calls.ended(error);
      return api.wasmtime_trap_new(cString(ENDED), ENDED.length) as Pointer;
    }
  };
  const callback = new JSCallback(call as (...args: unknown[]) => unknown, {
    args: ["ptr", "ptr", "ptr", "usize", "ptr", "usize"],
    returns: "ptr",
  });
  functions.forEach(({ module, name, parameters, result }, index) => {
    const type = functionType(
      api,
      [...parameters].map((kind) => (kind === "I" ? I64 : I32)),
      result ? [I32] : [],
    );
    const which = (index + 1) as Pointer;
    const [from, bytes] = [cString(module), cString(name)];
    expectOk(
      api,
      api.wasmtime_linker_define_func(
        linker,
        from,
        module.length,
        bytes,
        name.length,
        type,
        callback.ptr as Pointer,
        which,
        null,
      ),
      `define ${name}`,
    );
  });
  return [callback];
}

function hostFunctions(quickJs: HostCalls["quickJs"]): HostFunction[] {
  const wasi = Object.entries(WASI_FUNCTIONS).map(
    ([name, parameters]): HostFunction => ({
      module: WASI,
      name,
      parameters,
      result: name !== "proc_exit",
      answer: (guest, args) => wasiAnswer(guest, name, args),
    }),
  );
  if (quickJs === undefined) return wasi;
  const own = Object.entries(QUICKJS_IMPORTS).map(
    ([name, { parameters, result, run }]): HostFunction => ({
      module: "env",
      name,
      parameters: "i".repeat(parameters),
      result,
      answer(guest, args) {
        guest.owedFuel += CALL_FUEL;
        // Read before anything else is called: that may use the place where they lie.
        const given = Array.from({ length: parameters }, (_, index) => args.u32(index));
        try {
          return run(quickJs(), given);
        } catch (error) {
          // No judge's fault, or a guest that finds a way to pass nonsense would be run again for ever.
          if (error instanceof RangeError) throw new EndGuest("trap", error.message);
          throw error;
        }
      },
    }),
  );
  return [...wasi, ...own];
}

/** A guest address out of range is the guest's mistake; anything else that throws ends the run. */
function wasiAnswer(guest: Guest, name: string, args: HostArgs): number {
  try {
    return guest.call(name, args);
  } catch (error) {
    if (error instanceof RangeError && !(error instanceof EndGuest)) return FAULT;
    throw error;
  }
}

function functionType(api: Wasmtime, params: readonly number[], results: readonly number[]): Pointer {
  const vector = (kinds: readonly number[]) => {
    const types = new BigUint64Array(Math.max(1, kinds.length));
    kinds.forEach((kind, index) => {
      types[index] = BigInt(api.wasm_valtype_new(kind) as number);
    });
    const vec = new BigUint64Array(2);
    api.wasm_valtype_vec_new(vec, kinds.length, types);
    return vec;
  };
  return api.wasm_functype_new(vector(params), vector(results)) as Pointer;
}
