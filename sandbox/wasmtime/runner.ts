/** Runs guests one after the other, each in a store and an instance of its own. Lives in the child process only. */
import { type Pointer, toArrayBuffer } from "bun:ffi";
import {
  cString,
  errorText,
  expectOk,
  fromSlot,
  type Handle,
  openWasmtime,
  slot,
  takeText,
  type Wasmtime,
} from "./c-api.ts";
import { createEngine, loadModule } from "./engine.ts";
import { EndGuest, Guest } from "./guest.ts";
import type { AnswerTool, GuestEnd, GuestReport, GuestRequest } from "./guest-run.ts";
import { defineHostFunctions } from "./host-functions.ts";
import { Watchdog } from "./watchdog.ts";

/** Enough for CPython's function table, with room; a guest cannot make tables of its own. */
const TABLE_ELEMENTS = 200_000n;
const TRAP_ENDS: Readonly<Record<number, GuestEnd>> = {
  0: "stack-overflow",
  10: "timeout",
  11: "fuel-limit",
};
const UTF8 = new TextDecoder("utf-8", { fatal: true });

export interface Runner {
  run(request: GuestRequest): GuestReport;
}

/** Opens the library, loads the module and resolves its imports once. Throws when any of that fails. */
export function createRunner(libraryPath: string, modulePath: string, answerTool?: AnswerTool): Runner {
  const library = openWasmtime(libraryPath);
  const api = library.symbols;
  const engine = createEngine(api);
  const module = loadModule(api, engine, modulePath);
  const linker = api.wasmtime_linker_new(engine) as Handle<"linker">;

  let running: { guest: Guest; context: Pointer; attach: () => void; ended: unknown } | undefined;
  const kept = defineHostFunctions(api, linker, {
    current() {
      if (running === undefined) throw new Error("a host function was called with no guest running");
      running.attach();
      return running.guest;
    },
    charge(guest) {
      const left = fuelLeft(api, running!.context) - guest.owedFuel;
      guest.owedFuel = 0;
      setFuel(api, running!.context, Math.max(0, left)); // at zero the guest's next step is out of fuel
    },
    ended(error) {
      if (running !== undefined) running.ended = error;
    },
  });
  const pre = slot();
  expectOk(api, api.wasmtime_linker_instantiate_pre(linker, module, pre), "resolve the module's imports");
  const watchdog = new Watchdog(libraryPath, engine);

  const runOnce = (request: GuestRequest): GuestReport | "interrupted by mistake" => {
    const guest = new Guest(request, answerTool);
    const store = api.wasmtime_store_new(engine, null, null) as Handle<"store">;
    try {
      const context = api.wasmtime_store_context(store) as Handle<"context">;
      api.wasmtime_store_limiter(store, BigInt(request.memoryBytes), TABLE_ELEMENTS, 1n, 8n, 1n);
      setFuel(api, context, request.fuel);
      api.wasmtime_context_set_epoch_deadline(context, 1n);

      const instance = new BigUint64Array(2);
      const trap = slot();
      const refused = api.wasmtime_instance_pre_instantiate(fromSlot(pre), context, instance, trap);
      if (refused !== null) {
        // The initial memory does not fit: the only limit that instantiation can meet.
        return report({ end: "memory-limit", message: cause(errorText(api, refused)), guest, request });
      }
      const memory = exported(api, context, instance, "memory");
      const start = exported(api, context, instance, "_start");
      const active = {
        guest,
        context,
        attach: attachMemory(api, context, memory, guest),
        ended: undefined as unknown,
      };
      active.attach();
      running = active;
      const watch = watchdog.start(request);
      const error = api.wasmtime_func_call(context, start, null, 0, null, 0, trap);
      const usage = watch.stop();
      running = undefined;
      active.attach();

      let end: GuestEnd = "returned";
      let message = "";
      if (error !== null) message = cause(errorText(api, error));
      if (trap[0] !== 0n) [end, message] = trapped(api, fromSlot<"trap">(trap));
      else if (error !== null) end = "fault";
      if (active.ended instanceof EndGuest) [end, message] = [active.ended.end, ""];
      else if (active.ended !== undefined) [end, message] = ["fault", String(active.ended)];
      if (end === "timeout" && active.ended === undefined) {
        if (usage.fired === undefined) return "interrupted by mistake";
        end = usage.fired;
      }
      const exact = end === "returned" || end === "exit" || end === "result";
      return report({
        end,
        message,
        guest,
        request,
        usage,
        fuel: exact ? request.fuel - fuelLeft(api, context) : end === "fuel-limit" ? request.fuel : null,
      });
    } finally {
      running = undefined;
      api.wasmtime_store_delete(store);
    }
  };

  return {
    run(request) {
      void kept;
      // A tick meant for the guest before may arrive late; the run is repeatable, so it is repeated.
      for (let attempt = 0; attempt < 3; attempt++) {
        const done = runOnce(request);
        if (done !== "interrupted by mistake") return done;
      }
      throw new Error("the watchdog interrupted three times for no reason");
    },
  };
}

function exported(api: Wasmtime, context: Pointer, instance: BigUint64Array, name: string): BigUint64Array {
  const extern = new BigUint64Array(4);
  if (!api.wasmtime_instance_export_get(context, instance, cString(name), name.length, extern)) {
    throw new Error(`the module exports no ${name}`);
  }
  return extern.subarray(1, 4); // the payload, as func or memory
}

/** Looks at the memory again when it has grown; the view of a smaller one would hide what is new. */
function attachMemory(api: Wasmtime, context: Pointer, memory: BigUint64Array, guest: Guest): () => void {
  return () => {
    const size = Number(api.wasmtime_memory_data_size(context, memory));
    if (size === guest.memory.size) return;
    guest.memory.attach(toArrayBuffer(api.wasmtime_memory_data(context, memory) as Pointer, 0, size));
  };
}

function trapped(api: Wasmtime, trap: Handle<"trap">): [GuestEnd, string] {
  const vec = new BigUint64Array(2);
  api.wasm_trap_message(trap, vec);
  const message = cause(takeText(api, vec));
  const code = new Uint8Array(1);
  const known = api.wasmtime_trap_code(trap, code);
  api.wasm_trap_delete(trap);
  return [known ? (TRAP_ENDS[code[0]!] ?? "trap") : "trap", message];
}

/** The last line of Wasmtime's report; the backtrace before it names functions of the interpreter only. */
const cause = (message: string): string => message.trim().split("\n").at(-1)?.trim() ?? "";

function setFuel(api: Wasmtime, context: Pointer, fuel: number): void {
  expectOk(api, api.wasmtime_context_set_fuel(context, BigInt(fuel)), "set the fuel");
}

function fuelLeft(api: Wasmtime, context: Pointer): number {
  const left = slot();
  expectOk(api, api.wasmtime_context_get_fuel(context, left), "read the fuel");
  return Number(left[0]);
}

function report(run: {
  end: GuestEnd;
  message: string;
  guest: Guest;
  request: GuestRequest;
  usage?: { wallMs: number; cpuMs: number };
  fuel?: number | null;
}): GuestReport {
  const { guest } = run;
  return {
    end: run.end,
    message: run.message,
    exitCode: guest.exitCode ?? null,
    result: resultText(guest),
    stdout: new TextDecoder().decode(Buffer.concat(guest.stdout)),
    stderr: new TextDecoder().decode(Buffer.concat(guest.stderr)),
    wallMs: run.usage?.wallMs ?? 0,
    cpuMs: run.usage?.cpuMs ?? 0,
    fuel: run.fuel ?? null,
    peakBytes: guest.memory.size,
  };
}

/** Bytes that are no UTF-8 cannot be a JSON value: kind `J`, like an answer the harness could not encode. */
function resultText(guest: Guest): GuestReport["result"] {
  if (guest.result === undefined) return null;
  try {
    return { kind: guest.result.kind, text: UTF8.decode(guest.result.body) };
  } catch {
    return { kind: "J", text: "not UTF-8" };
  }
}
