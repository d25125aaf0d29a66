/** What the parent asks of the child for one guest and what it is told. The child imports only the types. */
import { z } from "zod";
import { MAX_TOOL_REQUEST } from "../tool-channel.ts";

/** One guest to run. Strings are UTF-8; `inputs` are handed to the guest one after the other. */
export interface GuestRequest {
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly stdin: string;
  readonly inputs: readonly string[];
  /** Opens the message that is the result, so that stray writes to the channel are told apart. */
  readonly nonce: string;
  readonly seed: number;
  readonly fuel: number;
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly memoryBytes: number;
  readonly outputBytes: number;
  /** Whether the guest may call tools. */
  readonly tools: boolean;
}

/** Answers a tool call while the guest waits. Both are JSON text in ASCII. */
export type AnswerTool = (request: string) => string;

/** A tool call on its way from the child to the parent, which answers with a frame `{ answer }`. */
export const ChildToolCall = z.object({ tool: z.string().max(MAX_TOOL_REQUEST) });
export interface ParentToolAnswer {
  readonly answer: string;
}

/** Why the guest ended. `fault` is never the guest's doing. */
export const GuestEnd = z.enum([
  "returned",
  "exit",
  "result",
  "trap",
  "stack-overflow",
  "fuel-limit",
  "cpu-limit",
  "timeout",
  "output-limit",
  "memory-limit",
  "fault",
]);
export type GuestEnd = z.infer<typeof GuestEnd>;

const MAX_TEXT = 65_536;

/** Checked by the parent as if the child were hostile: a guest that broke out of Wasm would speak here. */
export const GuestReport = z.object({
  end: GuestEnd,
  /** The trap's or the fault's message; may hold names that the guest chose. */
  message: z.string().max(2_000),
  exitCode: z.number().int().nullable(),
  /** Kind letter and text as the guest wrote them; never more than `outputBytes`. */
  result: z.object({ kind: z.string().max(1), text: z.string() }).nullable(),
  stdout: z.string().max(MAX_TEXT),
  stderr: z.string().max(MAX_TEXT),
  wallMs: z.number().nonnegative(),
  cpuMs: z.number().nonnegative(),
  /** Null when the engine cannot tell exactly (a hardware trap or an interrupt). */
  fuel: z.number().int().nonnegative().nullable(),
  peakBytes: z.number().int().nonnegative(),
});
export type GuestReport = z.infer<typeof GuestReport>;
