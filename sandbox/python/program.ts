/** How a Python submission is started in WASI: the harness as `-c`, what to run as one ASCII argument. */
import type { IsolateRequest } from "../../protocol/isolate.ts";

/** The harness shares the submission's interpreter; see its head for what that means. */
export const HARNESS_URL = new URL("./harness.py", import.meta.url);

/** No site packages, no user folder, no byte code files. Not -I or -E: they would ignore the hash seed. */
const FLAGS = ["-S", "-s", "-B", "-P", "-X", "frozen_modules=on"];

export function pythonArguments(request: IsolateRequest, harness: string, nonce: string): string[] {
  const setup = {
    nonce,
    files: request.files,
    entry: request.entry,
    call: request.call ?? null,
    program: request.cases === undefined,
    tools: request.tools !== undefined,
  };
  return ["python", ...FLAGS, "-c", harness, asciiJson(setup)];
}

/** Hash order follows the seed, like everything else that is random to the guest. */
export const pythonEnvironment = (seed: number): string[] => [`PYTHONHASHSEED=${seed}`, "PYTHONUTF8=1"];

/** JSON without any character that an encoding could change on the way. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
