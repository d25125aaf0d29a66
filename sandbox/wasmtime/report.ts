/** What the child reports of a guest. */
import type { Guest } from "./guest.ts";
import type { GuestEnd, GuestReport, GuestRequest } from "./guest-run.ts";

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }); // which keeps the mark

export function report(run: {
  end: GuestEnd;
  message: string;
  guest: Guest;
  request: GuestRequest;
  usage: { wallMs: number; cpuMs: number };
  fuel: number | null;
}): GuestReport {
  const { guest, request } = run;
  const own = request.answers === "harness" ? undefined : ownResult(run.end, guest);
  return {
    end: own === undefined ? run.end : "result",
    message: run.message.slice(0, MAX_MESSAGE),
    exitCode: guest.exitCode ?? null,
    result: own ?? (guest.result === undefined ? null : resultOf(guest.result.kind, guest.result.body)),
    stdout: new TextDecoder().decode(Buffer.concat(guest.stdout)),
    stderr: new TextDecoder().decode(Buffer.concat(guest.stderr)),
    wallMs: run.usage.wallMs,
    cpuMs: run.usage.cpuMs,
    fuel: run.fuel,
    peakBytes: guest.memory.size,
  };
}

const MAX_MESSAGE = 2_000;

/** A module without harness has answered with what it wrote, when it ended well: kind `D` when that is nothing. */
function ownResult(end: GuestEnd, guest: Guest): GuestReport["result"] | undefined {
  const well = end === "returned" || (end === "exit" && guest.exitCode === 0);
  if (!well) return undefined;
  const answer = guest.ownAnswer();
  return answer === undefined ? { kind: "D", text: "" } : resultOf("V", answer);
}

/** Bytes that are no UTF-8 cannot be a JSON value: kind `J`, like an answer the harness could not encode. */
function resultOf(kind: string, body: Uint8Array): GuestReport["result"] {
  try {
    return { kind, text: UTF8.decode(body) };
  } catch {
    return { kind: "J", text: "not UTF-8" };
  }
}
