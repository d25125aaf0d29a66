/**
 * The part of ONNX Runtime's C API that a decoder needs, called through its function table: slots are only ever added at the
 * end (onnxruntime_c_api.h, struct OrtApi), so their numbers hold for every later version. Nothing checks a pointer.
 */
import { CFunction, CString, dlopen, type FFITypeOrString, type Pointer, read, toArrayBuffer } from "bun:ffi";
import { Failure } from "../../../protocol/failure.ts";
import { refuseTelemetry } from "../telemetry.ts";

/** Of the table that is asked for; anything newer has it too. */
const API_VERSION = 17;

/** Place in the table and arguments. All but the `Release…` functions return a status. */
const FUNCTIONS = {
  CreateEnv: [3, ["i32", "ptr", "ptr"]],
  CreateSession: [7, ["ptr", "ptr", "ptr", "ptr"]],
  Run: [9, ["ptr", "ptr", "ptr", "ptr", "usize", "ptr", "usize", "ptr"]],
  CreateSessionOptions: [10, ["ptr"]],
  SetSessionLogSeverityLevel: [22, ["ptr", "i32"]],
  SetIntraOpNumThreads: [24, ["ptr", "i32"]],
  SessionGetInputCount: [30, ["ptr", "ptr"]],
  SessionGetOutputCount: [31, ["ptr", "ptr"]],
  SessionGetOverridableInitializerCount: [32, ["ptr", "ptr"]],
  SessionGetInputTypeInfo: [33, ["ptr", "usize", "ptr"]],
  SessionGetOutputTypeInfo: [34, ["ptr", "usize", "ptr"]],
  SessionGetOverridableInitializerTypeInfo: [35, ["ptr", "usize", "ptr"]],
  SessionGetInputName: [36, ["ptr", "usize", "ptr", "ptr"]],
  SessionGetOutputName: [37, ["ptr", "usize", "ptr", "ptr"]],
  SessionGetOverridableInitializerName: [38, ["ptr", "usize", "ptr", "ptr"]],
  CreateTensorWithDataAsOrtValue: [49, ["ptr", "ptr", "usize", "ptr", "usize", "i32", "ptr"]],
  GetTensorMutableData: [51, ["ptr", "ptr"]],
  CastTypeInfoToTensorInfo: [55, ["ptr", "ptr"]],
  GetTensorElementType: [60, ["ptr", "ptr"]],
  GetDimensionsCount: [61, ["ptr", "ptr"]],
  GetDimensions: [62, ["ptr", "ptr", "usize"]],
  GetSymbolicDimensions: [63, ["ptr", "ptr", "usize"]],
  GetTensorTypeAndShape: [65, ["ptr", "ptr"]],
  CreateCpuMemoryInfo: [69, ["i32", "i32", "ptr"]],
  AllocatorFree: [76, ["ptr", "ptr"]],
  GetAllocatorWithDefaultOptions: [78, ["ptr"]],
  AddSessionConfigEntry: [130, ["ptr", "ptr", "ptr"]],
} as const satisfies Record<string, readonly [number, readonly FFITypeOrString[]]>;

const RELEASES = {
  ReleaseEnv: 92,
  ReleaseMemoryInfo: 94,
  ReleaseSession: 95,
  ReleaseValue: 96,
  ReleaseTypeInfo: 98,
  ReleaseTensorTypeAndShapeInfo: 99,
  ReleaseSessionOptions: 100,
} as const;
const GET_ERROR_MESSAGE = 2;
const RELEASE_STATUS = 93;
const POINTER_BYTES = 8;

/** Handles are pointers that must not be mixed up; the brand makes the compiler refuse to. */
export type Handle<Name extends string> = Pointer & { readonly handle: Name };

type Argument = number | bigint | null | NodeJS.TypedArray;
export type OrtApi = { readonly [Name in keyof typeof FUNCTIONS]: (...given: Argument[]) => void } & {
  readonly [Name in keyof typeof RELEASES]: (handle: Pointer) => void;
} & { readonly version: string };

/** Opens the library. Every function throws `unavailable` with ONNX Runtime's own words when it fails. */
export function openOrt(path: string): OrtApi {
  refuseTelemetry();
  const library = dlopen(path, { OrtGetApiBase: { args: [], returns: "ptr" } });
  const base = library.symbols.OrtGetApiBase() as Pointer | null;
  if (base === null) throw new Failure("unavailable", "the library is no ONNX Runtime", { meta: { path } });
  const getApi = CFunction({ ptr: pointerAt(base, 0), args: ["u32"], returns: "ptr" });
  const getVersion = CFunction({ ptr: pointerAt(base, 1), args: [], returns: "cstring" });
  const table = getApi(API_VERSION) as Pointer | null;
  if (table === null) throw new Failure("unavailable", "this ONNX Runtime is too old", { meta: { path } });
  const message = CFunction({ ptr: pointerAt(table, GET_ERROR_MESSAGE), args: ["ptr"], returns: "cstring" });
  const releaseStatus = CFunction({ ptr: pointerAt(table, RELEASE_STATUS), args: ["ptr"], returns: "void" });
  const checked = Object.entries(FUNCTIONS).map(([name, [slot, args]]) => {
    const call = CFunction({ ptr: pointerAt(table, slot), args: [...args], returns: "ptr" });
    return [
      name,
      (...given: Argument[]) => {
        const status = call(...given) as Pointer | null;
        if (status === null) return;
        const reason = String(message(status)).replace(/\s+/g, " ").trim().slice(0, 500);
        releaseStatus(status);
        throw new Failure("unavailable", `ONNX Runtime failed in ${name}`, { meta: { reason } });
      },
    ];
  });
  const releases = Object.entries(RELEASES).map(([name, slot]) => [
    name,
    CFunction({ ptr: pointerAt(table, slot), args: ["ptr"], returns: "void" }),
  ]);
  return { ...Object.fromEntries([...checked, ...releases]), version: String(getVersion()) } as OrtApi;
}

const pointerAt = (from: Pointer, slot: number): Pointer => read.ptr(from, slot * POINTER_BYTES) as Pointer;

/** A slot for one pointer or size that C fills in. */
export const slot = (): BigUint64Array<ArrayBuffer> => new BigUint64Array(1);
export const fromSlot = <Name extends string>(out: BigUint64Array): Handle<Name> =>
  Number(out[0]) as Handle<Name>;

/** NUL-terminated UTF-8; the caller keeps it referenced until the call returns. */
export const cString = (text: string): Uint8Array => new TextEncoder().encode(`${text}\0`);
export const textAt = (pointer: bigint): string =>
  pointer === 0n ? "" : String(new CString(Number(pointer) as Pointer));

/** Native memory as bytes, without copying: valid only as long as its owner. */
export const memoryAt = (pointer: Pointer, size: number): Uint8Array =>
  size === 0 ? new Uint8Array() : new Uint8Array(toArrayBuffer(pointer, 0, size));
