/** What was seen of one case of a program that runs as native code, in a container or in a hardened process. */
import { z } from "zod";

export const CaseHead = z.object({
  end: z.enum(["result", "exit", "timeout", "cpu-limit", "output-limit"]),
  exitCode: z.number().int().nullable(),
  signal: z.number().int().nullable(),
  /** Whether the kernel killed for memory; null where it does not tell. */
  oom: z.boolean().nullable(),
  refusedForks: z.boolean(),
  diskFull: z.boolean(),
  wallMs: z.number().nonnegative(),
  cpuMs: z.number().nonnegative().nullable(),
  peakBytes: z.number().int().nonnegative().nullable(),
});

export interface CaseReport {
  head: z.infer<typeof CaseHead>;
  /** A kind letter and text, as the guest wrote them; empty unless `end` is `result`. */
  answer: Uint8Array;
  stdout: Uint8Array;
  stderr: Uint8Array;
}
