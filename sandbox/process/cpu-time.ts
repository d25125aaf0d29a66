/** CPU time of a guest that has no control group: then it is one process, the only child of the one that waits for it. */
import { readFileSync } from "node:fs";
import { childrenOf } from "../kill.ts";

/** Ticks of the kernel's clock, as `/proc` counts them on every Linux. */
const TICKS_PER_SECOND = 100;
const USER_TIME = 11;
const REAPED_SYSTEM_TIME = 14;

/** Milliseconds, of children that it has waited for as well. Null when there is no guest, or none any more. */
export function guestCpuMs(outer: number): number | null {
  const [pid] = childrenOf(outer);
  if (pid === undefined) return null;
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a process' name may hold anything
    const ticks = fields
      .slice(USER_TIME, REAPED_SYSTEM_TIME + 1)
      .reduce((sum, field) => sum + Number(field), 0);
    return (ticks * 1_000) / TICKS_PER_SECOND;
  } catch {
    return null;
  }
}
