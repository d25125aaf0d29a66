/** How a Python submission is started in WASI: the harness as `-c`, what to run as the first input. */
import type { IsolateRequest } from "../../protocol/isolate.ts";

/** The harness shares the submission's interpreter; see its head for what that means. */
export const HARNESS_URL = new URL("./harness.py", import.meta.url);

/** No site packages, no user folder, no byte code files. Not -I or -E: they would ignore the hash seed. */
const FLAGS = ["-S", "-s", "-B", "-P", "-X", "frozen_modules=on"];

/** Hashes have no salt: the order of a set is the same on every validator. */
export const PYTHON_ENVIRONMENT: readonly string[] = ["PYTHONHASHSEED=0", "PYTHONUTF8=1"];

export const pythonArguments = (harness: string): string[] => ["python", ...FLAGS, "-c", harness];

/** The same, up to the point where it would ask for the first input. */
export const freezeArguments = (harness: string): string[] => [...pythonArguments(harness), "freeze"];

/** The first input: everything but the inputs of the cases. */
export function pythonSetup(request: IsolateRequest, nonce: string): string {
  return asciiJson({
    nonce,
    files: request.files,
    entry: request.entry,
    call: request.call ?? null,
    program: request.cases === undefined,
    tools: request.tools !== undefined,
  });
}

/**
 * JSON without any character that an encoding could change on the way, and with all digits of large integers: readers
 * that have integers of any size would take the shortest ones for another number.
 */
export function asciiJson(value: unknown): string {
  const plain = JSON.stringify(value);
  return (LONG_INTEGER.test(plain) ? JSON.stringify(value, exactDigits) : plain).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

const LONG_INTEGER = /\d{16}/;
/** From here on numbers are written with an exponent, which no reader takes for an integer. */
const EXPONENT_FROM = 1e21;

const exactDigits = (_: string, value: unknown): unknown =>
  typeof value === "number" &&
  Number.isInteger(value) &&
  !Number.isSafeInteger(value) &&
  Math.abs(value) < EXPONENT_FROM
    ? rawJson(String(BigInt(value)))
    : value;

/** Text that is JSON already; TypeScript's library does not know it yet. */
const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
