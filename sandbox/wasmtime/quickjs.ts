/**
 * QuickJS seen from the host: the functions it imports. What the harness calls (`orrery.read` …) arrives as `host_call`
 * with boxed values, which are read and made by calling QuickJS's own exports from inside that call.
 */
import type { Guest } from "./guest.ts";
import { EndGuest } from "./guest.ts";

/** A running QuickJS. */
export interface QuickJs {
  readonly guest: Guest;
  /** Calls an export; memory may have moved afterwards, which `guest.memory` follows. */
  call(name: string, ...args: number[]): number;
}

/** A pointer to a value of QuickJS. */
type Box = number;

/** What the harness finds on the global object `orrery`. */
export const HARNESS_OBJECT = "orrery";

const EVAL_MODULE = 1;
/** Tells QuickJS that an exception is pending. */
const THROWN: Box = 0;
const ENTROPY_BYTES = 16;
const NS_PER_MS = 1e6;

/** Rejected promises that nobody has handled so far. */
const rejected = new WeakMap<Guest, { promise: Box; value: number; reason: Box }[]>();

/** Functions of the harness's object, by name. Each gives a box that QuickJS frees. */
export const HARNESS_FUNCTIONS: Readonly<Record<string, (js: QuickJs, args: readonly Box[]) => Box>> = {
  read(js, [channel]) {
    const message = js.guest.input(integer(js, channel!));
    return message === undefined ? js.call("qjs_get_null") : newString(js, message);
  },
  write(js, [channel, text]) {
    const descriptor = integer(js, channel!);
    withString(js, text!, (at, size) =>
      js.guest.output(descriptor, [js.guest.memory.bytes(at, size).slice()]),
    );
    return js.call("qjs_get_undefined");
  },
  file(js, [path]) {
    const text = fileOf(js, stringOf(js, path!));
    return text === undefined ? js.call("qjs_get_null") : newString(js, Buffer.from(text));
  },
  evaluate(js, [source, name, asModule]) {
    const flags = js.call("qjs_get_bool", asModule!) === 0 ? 0 : EVAL_MODULE;
    const result = withString(js, source!, (at, size) =>
      withString(js, name!, (nameAt) => js.call("qjs_eval", at, size, nameAt, flags)),
    );
    return js.call("qjs_is_exception", result) === 0 ? result : THROWN;
  },
  drain(js) {
    while (js.call("qjs_is_job_pending") !== 0) if (js.call("qjs_execute_pending_job") < 0) return THROWN;
    return js.call("qjs_get_undefined");
  },
  sleep(js, [ms]) {
    const wait = js.call("qjs_get_float64", ms!);
    // Whoever waits for ever waits longer than any limit.
    js.guest.sleep(BigInt(Math.round(Math.min(wait, Number.MAX_SAFE_INTEGER / NS_PER_MS) * NS_PER_MS)));
    return js.call("qjs_get_undefined");
  },
  entropy(js) {
    const bytes = Buffer.alloc(ENTROPY_BYTES);
    js.guest.fillRandom(bytes);
    return newString(js, Buffer.from(bytes.toString("hex")));
  },
  rejection(js) {
    const first = rejected.get(js.guest)?.[0];
    if (first === undefined) return js.call("qjs_get_null");
    const array = js.call("qjs_new_array");
    js.call("qjs_set_prop_uint32", array, 0, first.reason);
    return array;
  },
};

/** Imports of module `env`: parameters of 32 bits each, whether there is a result, and what answers. */
export const QUICKJS_IMPORTS: Readonly<
  Record<
    string,
    { parameters: number; result: boolean; run: (js: QuickJs, args: readonly number[]) => number }
  >
> = {
  host_call: {
    parameters: 5,
    result: true,
    run(js, [nameAt, nameSize, , count, argsAt]) {
      const { memory } = js.guest;
      const name = Buffer.from(memory.bytes(nameAt!, nameSize!)).toString();
      const called = Object.hasOwn(HARNESS_FUNCTIONS, name) ? HARNESS_FUNCTIONS[name] : undefined;
      if (called === undefined) return newError(js, `there is no ${name}`);
      const args = Array.from({ length: Math.min(count!, 8) }, (_, index) => memory.u32(argsAt! + index * 4));
      const undefinedBox = args.length < 3 ? js.call("qjs_get_undefined") : 0;
      return called(js, [...args, undefinedBox, undefinedBox, undefinedBox]);
    },
  },
  host_interrupt: { parameters: 0, result: true, run: () => 0 },
  host_promise_rejection: {
    parameters: 3,
    result: false,
    run(js, [promise, reason, handled]) {
      const list = rejected.get(js.guest) ?? [];
      rejected.set(js.guest, list);
      const value = js.call("qjs_get_value_ptr", promise!);
      if (handled === 0) list.push({ promise: promise!, value, reason: reason! });
      else {
        const at = list.findIndex((each) => each.value === value);
        if (at >= 0) list.splice(at, 1);
      }
      return 0;
    },
  },
  host_module_normalize: {
    parameters: 2,
    result: true,
    run(js, [baseAt, nameAt]) {
      const base = cString(js, baseAt!);
      const specifier = cString(js, nameAt!);
      const path = SYSTEM_MODULES[specifier] === undefined ? resolve(js, base, specifier) : specifier;
      if (path !== undefined) return newCString(js, Buffer.from(path));
      return newError(js, `there is no module ${specifier}`);
    },
  },
  host_module_load: {
    parameters: 2,
    result: true,
    run(js, [nameAt, sizeAt]) {
      const name = cString(js, nameAt!);
      const text = SYSTEM_MODULES[name] ?? fileOf(js, name);
      if (text === undefined) return newError(js, `there is no module ${name}`);
      const bytes = Buffer.from(name.endsWith(".json") ? `export default ${text}` : text);
      const at = newCString(js, bytes);
      js.guest.memory.setU32(sizeAt!, bytes.length);
      return at;
    },
  },
  host_get_timezone_offset: { parameters: 2, result: true, run: () => 0 },
};

const FS =
  'const fs = globalThis.require("fs");\nexport default fs;\nexport const { readFileSync, writeFileSync, writeSync, existsSync } = fs;\n';
const PROCESS = "export default globalThis.process;\n";
/** What programs import that is no file of theirs. */
const SYSTEM_MODULES: Readonly<Record<string, string | undefined>> = {
  fs: FS,
  "node:fs": FS,
  process: PROCESS,
  "node:process": PROCESS,
};

/** The submitted file that an import means, with or without its ending. */
function resolve(js: QuickJs, base: string, specifier: string): string | undefined {
  const parts = base.split("/").slice(0, -1);
  for (const part of specifier.split("/")) {
    if (part === "..") parts.pop();
    else if (part !== "." && part !== "") parts.push(part);
  }
  const path = parts.join("/");
  return [path, `${path}.js`, `${path}.mjs`, `${path}/index.js`].find(
    (name) => fileOf(js, name) !== undefined,
  );
}

const fileOf = (js: QuickJs, path: string): string | undefined =>
  Object.hasOwn(js.guest.files, path) ? js.guest.files[path] : undefined;

function integer(js: QuickJs, box: Box): number {
  return Math.trunc(js.call("qjs_get_float64", box));
}

/** Lends a string of QuickJS as bytes: UTF-8, a zero behind it. */
function withString<Result>(js: QuickJs, box: Box, use: (at: number, size: number) => Result): Result {
  const sizeAt = allocate(js, 4);
  const at = js.call("qjs_get_string_len", box, sizeAt);
  const size = js.guest.memory.u32(sizeAt);
  js.call("wasm_free", sizeAt);
  if (at === 0) throw new EndGuest("memory-limit");
  try {
    return use(at, size);
  } finally {
    js.call("qjs_free_cstring", at);
  }
}

const stringOf = (js: QuickJs, box: Box): string =>
  withString(js, box, (at, size) => Buffer.from(js.guest.memory.bytes(at, size)).toString());

function cString(js: QuickJs, at: number): string {
  let end = at;
  while (js.guest.memory.u8(end) !== 0) end++;
  return Buffer.from(js.guest.memory.bytes(at, end - at)).toString();
}

function allocate(js: QuickJs, size: number): number {
  const at = js.call("wasm_malloc", size);
  if (at === 0) throw new EndGuest("memory-limit");
  return at;
}

function newCString(js: QuickJs, bytes: Uint8Array): number {
  const at = allocate(js, bytes.length + 1);
  const room = js.guest.memory.bytes(at, bytes.length + 1);
  room.set(bytes);
  room[bytes.length] = 0;
  return at;
}

function newString(js: QuickJs, bytes: Uint8Array): Box {
  const at = newCString(js, bytes);
  const box = js.call("qjs_new_string", at, bytes.length);
  js.call("wasm_free", at);
  return box;
}

/** Throws an error inside QuickJS. */
function newError(js: QuickJs, message: string): Box {
  const error = js.call("qjs_new_error");
  const name = newCString(js, Buffer.from("message"));
  js.call("qjs_set_prop_string", error, name, newString(js, Buffer.from(message)));
  js.call("wasm_free", name);
  js.call("qjs_throw", error);
  return THROWN;
}

/** Prepares a fresh QuickJS: evaluates the harness, which gives the function that a run begins with. */
export function prepareQuickJs(js: QuickJs, harness: string): { go: Box; self: Box } {
  js.call("qjs_init");
  js.call("qjs_set_max_stack_size", MAX_STACK);
  js.call("qjs_set_module_loader", 1);
  js.call("qjs_set_promise_rejection_handler", 1);
  const outside = js.call("qjs_new_object");
  for (const name of Object.keys(HARNESS_FUNCTIONS)) {
    const bytes = Buffer.from(name);
    const at = newCString(js, bytes);
    const called = js.call("qjs_new_host_function", at, bytes.length, 0);
    js.call("qjs_set_prop_string", outside, at, called);
    js.call("wasm_free", at);
  }
  const name = newCString(js, Buffer.from(HARNESS_OBJECT));
  js.call("qjs_set_prop_string", js.call("qjs_get_global"), name, outside);
  const source = Buffer.from(harness);
  const file = newCString(js, Buffer.from("harness.js"));
  const go = js.call("qjs_eval", newCString(js, source), source.length, file, 0);
  if (js.call("qjs_is_exception", go) !== 0) {
    throw new Error(`the harness failed: ${stringOf(js, js.call("qjs_get_exception"))}`);
  }
  return { go, self: js.call("qjs_get_undefined") };
}

/** Bytes of QuickJS's own stack; beyond, a program gets an error that it can catch. */
const MAX_STACK = 512 * 1024;
