/** A case whose isolate ended before it could tell how the case went. */
import type { CaseResult } from "../protocol/isolate.ts";
import { cleanText, MAX_TEXT } from "./text.ts";

/**
 * `timeout`: it had to be ended because it did not stop. `infra`: it broke down with the program in it, which may be
 * the program's doing or not. What was ended from outside is no case of any outcome, but a failure.
 */
export interface LostCase {
  readonly ended: "timeout" | "memory-limit" | "infra";
  readonly wallMs: number;
  readonly detail: string;
  /** What the isolate's own process complained of. */
  readonly stderr?: string;
}

export const lostCase = ({ ended: outcome, detail, wallMs, stderr = "" }: LostCase): CaseResult => ({
  ...{ outcome, detail, stdout: "", stderr: cleanText(stderr, MAX_TEXT) },
  usage: { wallMs, cpuMs: null, fuel: null, peakBytes: null },
});

export const stubborn = (limitMs: number, wallMs: number): LostCase => ({
  ...{ ended: "timeout", wallMs },
  detail: `did not stop at ${limitMs} ms and was killed`,
});
