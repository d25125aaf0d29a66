/** The world that a module is prepared in: our WASI, run by Bun's own engine, with nothing in it that differs between machines. */
import { EndGuest, Guest } from "../guest.ts";
import type { GuestRequest } from "../guest-run.ts";

/** A guest without limits worth mentioning: only modules of ours are prepared. */
const BOUNDLESS: GuestRequest = {
  answers: "harness",
  args: [],
  env: [],
  stdin: "",
  inputs: [],
  files: {},
  loop: false,
  nonce: "",
  seed: 0,
  fuel: Number.MAX_SAFE_INTEGER,
  cpuMs: Number.MAX_SAFE_INTEGER,
  wallMs: Number.MAX_SAFE_INTEGER,
  memoryBytes: Number.MAX_SAFE_INTEGER,
  outputBytes: 1024 * 1024,
  tools: false,
};

const WASI = "wasi_snapshot_preview1";

/** Instantiates the module; `more` answers imports that are no WASI. */
export function instantiate(
  module: WebAssembly.Module,
  { args = [], env = [] }: { args?: readonly string[]; env?: readonly string[] },
  more: (module: string, name: string) => (...args: number[]) => number = (_, name) => {
    throw new Error(`nothing answers ${name}`);
  },
): { guest: Guest; exports: WebAssembly.Exports } {
  const guest = new Guest({ ...BOUNDLESS, args, env });
  const imports: Record<string, Record<string, (...args: never[]) => number>> = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    imports[from] ??= {};
    imports[from][name] =
      from === WASI
        ? (...given: (number | bigint)[]) => {
            guest.memory.attach((exports.memory as WebAssembly.Memory).buffer as ArrayBuffer);
            return guest.call(name, {
              u32: (index) => Number(BigInt.asUintN(32, BigInt(given[index] ?? 0))),
            });
          }
        : more(from, name);
  }
  const { exports } = new WebAssembly.Instance(module, imports);
  return { guest, exports };
}

/** Runs until the guest leaves; the address that it leaves with. */
export function runToExit(guest: Guest, work: () => void): number {
  try {
    work();
  } catch (error) {
    if (!(error instanceof EndGuest)) throw error;
    if (guest.exitCode !== undefined && guest.exitCode > MAX_EXIT_CODE) return guest.exitCode;
  }
  throw new Error(`the module ended early: ${Buffer.concat(guest.stderr).toString().slice(-500)}`);
}

/** What programs leave with of their own accord; no object lies this low. */
const MAX_EXIT_CODE = 255;
