/** How a JavaScript submission is started: QuickJS holds the harness already, what to run is the first input. */
import type { IsolateRequest } from "../../protocol/isolate.ts";

/** The harness shares the submission's interpreter; see its head for what that means. */
export const HARNESS_URL = new URL("./harness.js", import.meta.url);

/** The first input: everything but the files, which the harness asks for, and the inputs of the cases. */
export function javascriptSetup(request: IsolateRequest, nonce: string): string {
  return JSON.stringify({
    nonce,
    entry: request.entry,
    call: request.call ?? null,
    program: request.cases === undefined,
    tools: request.tools !== undefined,
  });
}
