/** What a native guest is given of a request, and the limits that hold where no instructions are counted. */
import type { IsolateLimits, IsolateRequest } from "../../protocol/isolate.ts";
import { asciiJson } from "../python/program.ts";

/** Half again the CPU time that a current core spends on so much fuel in Wasmtime; native code needs a fraction of it. */
const FUEL_PER_CPU_MS = 10_000_000;

/** Limits without fuel: the CPU time that stands in for it, unless that of the request is shorter. */
export const inTime = (limits: IsolateLimits): IsolateLimits => ({
  ...limits,
  cpuMs: Math.min(limits.cpuMs, Math.ceil(limits.fuel / FUEL_PER_CPU_MS)),
});

/** The harness' setup of case `index`, and what its answer opens with. */
export function nativeSetup(request: IsolateRequest, index: number): { nonce: string; setup: string } {
  const { files, entry, call, seed } = request;
  // Not drawn: it only has to be unknown to what was submitted before this run began.
  const nonce = new Bun.CryptoHasher("sha256")
    .update(`${seed}:${index}:${files[entry]}`)
    .digest("hex")
    .slice(0, 32);
  const [program, tools] = [request.cases === undefined, request.tools !== undefined];
  return { nonce, setup: asciiJson({ nonce, files, entry, call: call ?? null, program, tools }) };
}
