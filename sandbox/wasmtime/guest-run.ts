/** What the parent asks of the child for one guest and what it is told. The child imports only the types. */
import { z } from "zod";
import { MAX_TOOL_REQUEST } from "../tool-channel.ts";

/** One guest to run. Strings are UTF-8; `inputs` are handed to the guest one after the other, the first is the setup. */
export interface GuestRequest {
  /**
   * How the guest answers: by messages of our harness, which runs in it; by what a module of the submission's own
   * writes to descriptor 3 until it ends; or not at all, because it is a program.
   */
  readonly answers: "harness" | "descriptor" | "none";
  readonly args: readonly string[];
  readonly env: readonly string[];
  readonly stdin: string;
  readonly inputs: readonly string[];
  /** Files that the guest asks the host for by path; none where the setup has them. */
  readonly files: Readonly<Record<string, string>>;
  /** One guest for all inputs: after each answer it is given the next one, when the parent sends it. */
  readonly loop: boolean;
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

/** The next input of a guest that runs in a loop; the child answers with a report. */
export interface NextInput {
  readonly input: string;
}

/** What the child does for a guest while the guest waits. */
export interface Outside {
  /** Answers a tool call. Both are JSON text in ASCII. */
  answerTool?: (request: string) => string;
  loop?: {
    /** Told when the guest has answered its input. */
    answered(): void;
    /** Gives the guest its next input by `nextCase`. */
    next(): void;
  };
}

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

/** What a compiling child says: the code in base64, why the module is none, or that it needed too much memory. */
export const CompileReport = z.union([
  z.object({ code: z.string() }),
  z.object({ refused: z.string().max(2_000) }),
  z.object({ tooLarge: z.literal(true) }),
]);
export type CompileReport = z.infer<typeof CompileReport>;
