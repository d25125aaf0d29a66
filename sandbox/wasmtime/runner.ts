/** Runs guests one after the other, each in a store and an instance of its own. Lives in the child process only. */
import type { Pointer } from "bun:ffi";
import { expectOk, fromSlot, type Handle, openWasmtime, slot, type Wasmtime } from "./c-api.ts";
import { createEngine, loadModule } from "./engine.ts";
import { EndGuest, Guest } from "./guest.ts";
import type { GuestEnd, GuestReport, GuestRequest, Outside } from "./guest-run.ts";
import { defineHostFunctions } from "./host-functions.ts";
import { Instance, Trapped } from "./instance.ts";
import { report } from "./report.ts";
import { Watchdog } from "./watchdog.ts";

/** Enough for CPython's function table, with room; a guest cannot make tables of its own. */
const TABLE_ELEMENTS = 200_000n;

export interface Runner {
  /** The report of a guest, or of its last input when it runs in a loop. */
  run(request: GuestRequest, outside?: RunnerOutside): GuestReport;
}

/** What a running guest needs from outside of the child. */
export interface RunnerOutside extends Pick<Outside, "answerTool"> {
  loop?: {
    /** Takes the report of an input that a looping guest has answered. */
    answered(report: GuestReport): void;
    /** Waits for the next one. */
    next(): string;
  };
}

export interface RunnerOptions {
  libraryPath: string;
  modulePath: string;
  /** Whether the module is QuickJS, which imports more than WASI. */
  quickJs: boolean;
}

interface Running {
  readonly guest: Guest;
  readonly instance: Instance;
  ended: unknown;
}

/** Opens the library, loads the module and resolves its imports once. Throws when any of that fails. */
export function createRunner({ libraryPath, modulePath, quickJs }: RunnerOptions): Runner {
  const library = openWasmtime(libraryPath);
  const api = library.symbols;
  const engine = createEngine(api);
  const module = loadModule(api, engine, modulePath);
  const linker = api.wasmtime_linker_new(engine) as Handle<"linker">;

  let running: Running | undefined;
  const current = (): Running => {
    if (running === undefined) throw new Error("a host function was called with no guest running");
    running.instance.attach();
    return running;
  };
  const kept = defineHostFunctions(api, linker, {
    current: () => current().guest,
    ...(quickJs ? { quickJs: () => current().instance } : {}),
    charge(guest) {
      const left = fuelLeft(api, running!.instance.context) - guest.owedFuel;
      guest.owedFuel = 0;
      setFuel(api, running!.instance.context, Math.max(0, left)); // at zero the guest's next step is out of fuel
    },
    ended(error) {
      if (running !== undefined) running.ended ??= error;
    },
  });
  const pre = slot();
  expectOk(api, api.wasmtime_linker_instantiate_pre(linker, module, pre), "resolve the module's imports");
  const watchdog = new Watchdog(libraryPath, engine);

  const runOnce = (request: GuestRequest, outside: RunnerOutside): GuestReport | "interrupted by mistake" => {
    const store = api.wasmtime_store_new(engine, null, null) as Handle<"store">;
    const context = api.wasmtime_store_context(store) as Handle<"context">;
    let watch = watchdog.start(request);
    const { loop } = outside;
    const guest = new Guest(request, {
      ...(outside.answerTool === undefined ? {} : { answerTool: outside.answerTool }),
      ...(loop === undefined
        ? {}
        : {
            loop: {
              answered() {
                const usage = watch.stop();
                const fuel = request.fuel - fuelLeft(api, context);
                loop.answered(report({ end: "result", message: "", guest, request, usage, fuel }));
              },
              next() {
                guest.nextCase(loop.next());
                setFuel(api, context, request.fuel);
                api.wasmtime_context_set_epoch_deadline(context, 1n);
                watch = watchdog.start(request);
              },
            },
          }),
    });
    const instance = new Instance(api, context, guest);
    const active: Running = { guest, instance, ended: undefined };
    try {
      api.wasmtime_store_limiter(store, BigInt(request.memoryBytes), TABLE_ELEMENTS, 1n, 8n, 1n);
      setFuel(api, context, request.fuel);
      api.wasmtime_context_set_epoch_deadline(context, 1n);
      running = active;
      let end: GuestEnd = "returned";
      let message = "";
      try {
        instance.start(fromSlot(pre));
        instance.call("_start");
      } catch (error) {
        const reason = active.ended ?? error;
        if (reason instanceof EndGuest || reason instanceof Trapped) ({ end, message } = reason);
        else [end, message] = ["fault", String(reason)];
      }
      running = undefined;
      const usage = watch.stop();
      instance.attach();
      if (end === "timeout" && !(active.ended instanceof EndGuest)) {
        if (usage.fired === undefined) return "interrupted by mistake";
        end = usage.fired;
      }
      const exact = end === "returned" || end === "exit" || end === "result";
      return report({
        ...{ end, message, guest, request, usage },
        fuel: exact ? request.fuel - fuelLeft(api, context) : end === "fuel-limit" ? request.fuel : null,
      });
    } finally {
      running = undefined;
      api.wasmtime_store_delete(store);
    }
  };

  return {
    run(request, outside = {}) {
      void kept;
      // A tick meant for the guest before may arrive late; the run is repeatable, so it is repeated. A loop is not:
      // whoever asked starts a new one.
      for (let attempt = 0; attempt < (request.loop ? 1 : 3); attempt++) {
        const done = runOnce(request, outside);
        if (done !== "interrupted by mistake") return done;
      }
      throw new Error("the watchdog interrupted for no reason");
    },
  };
}

function setFuel(api: Wasmtime, context: Pointer, fuel: number): void {
  expectOk(api, api.wasmtime_context_set_fuel(context, BigInt(fuel)), "set the fuel");
}

function fuelLeft(api: Wasmtime, context: Pointer): number {
  const left = slot();
  expectOk(api, api.wasmtime_context_get_fuel(context, left), "read the fuel");
  return Number(left[0]);
}
