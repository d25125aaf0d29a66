/**
 * CPython that has started, imported the usual modules and compiled the harness. It leaves from inside the harness, so that
 * nothing is torn down, and leaves with the address of the function to go on with.
 */
import { freezeArguments, PYTHON_ENVIRONMENT } from "../../python/program.ts";
import { OPCODE, signed, u32 } from "../wasm-sections.ts";
import { freeze } from "./freeze.ts";
import { instantiate, runToExit } from "./world.ts";

/** Where a function object of CPython 3.12 with pointers of 32 bits keeps what calls it: `vectorcall(self, args, count, names)`. */
const VECTORCALL_AT = 64;
const VECTORCALL_PARAMETERS = 4;

export const freezePython = (wasm: Uint8Array, harness: string): Promise<Uint8Array<ArrayBuffer>> =>
  freeze(wasm, async (module) => {
    const { guest, exports } = instantiate(module, {
      args: freezeArguments(harness),
      env: PYTHON_ENVIRONMENT,
    });
    const go = runToExit(guest, exports._start as () => void);
    const { buffer } = exports.memory as WebAssembly.Memory;
    const vectorcall = new DataView(buffer).getUint32(go + VECTORCALL_AT, true);
    const number = (value: number) => [OPCODE.i32Const, ...signed(BigInt(value))];
    return {
      exports,
      start: ({ i32s }) => [
        ...[go, 0, 0, 0, vectorcall].flatMap(number),
        ...[OPCODE.callIndirect, ...u32(i32s(VECTORCALL_PARAMETERS)), 0, OPCODE.drop],
      ],
    };
  });
