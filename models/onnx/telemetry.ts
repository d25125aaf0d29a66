/**
 * On Linux and macOS ONNX Runtime, from 1.29 on, tells its maker which models are loaded on which machine, and keeps a
 * number for the machine in the user's home, unless a variable of the process says no when the library is first used.
 */
import { dlopen } from "bun:ffi";
import { Failure } from "../../protocol/failure.ts";

const LIBC: Partial<Record<NodeJS.Platform, string>> = { linux: "libc.so.6", darwin: "libSystem.dylib" };

/** To be called before the library is loaded. Assigning to `process.env` would not reach it: Bun keeps its own copy. */
export function refuseTelemetry(): void {
  const libc = LIBC[process.platform];
  if (libc === undefined) return;
  const { symbols, close } = dlopen(libc, {
    setenv: { args: ["cstring", "cstring", "i32"], returns: "i32" },
  });
  const failed = symbols.setenv(Buffer.from("ORT_DISABLE_TELEMETRY\0"), Buffer.from("1\0"), 1);
  close();
  if (failed !== 0) throw new Failure("unavailable", "ONNX Runtime's telemetry cannot be switched off");
}
