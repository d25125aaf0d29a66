/** QuickJS with a context in which the harness has been evaluated. */
import { prepareQuickJs, type QuickJs } from "../quickjs.ts";
import { OPCODE, signed, u32 } from "../wasm-sections.ts";
import { freeze } from "./freeze.ts";
import { instantiate } from "./world.ts";

export const freezeJavaScript = (wasm: Uint8Array, harness: string): Promise<Uint8Array<ArrayBuffer>> =>
  freeze(wasm, async (module) => {
    // Before a submission is there, QuickJS asks the host for nothing but the time zone: UTC.
    const { guest, exports } = instantiate(module, {}, () => () => 0);
    const attach = () => guest.memory.attach((exports.memory as WebAssembly.Memory).buffer as ArrayBuffer);
    const js: QuickJs = {
      guest,
      call(name, ...args) {
        const result = (exports[name] as (...args: number[]) => number | undefined)(...args);
        attach();
        return result ?? 0;
      },
    };
    (exports._initialize as () => void)();
    attach();
    const { go, self } = prepareQuickJs(js, harness);
    const number = (value: number) => [OPCODE.i32Const, ...signed(BigInt(value))];
    return {
      exports,
      start: ({ exported }) => [
        ...[go, self, 0, 0].flatMap(number),
        ...[OPCODE.call, ...u32(exported("qjs_call")), OPCODE.drop],
      ],
    };
  });
