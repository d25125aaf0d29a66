/** How control groups end: with everything in them, also when the process that made them was killed. */
import { join } from "node:path";
import type { Clock } from "../../runtime/ports/clock.ts";
import { children, readText, removed, tryWrite } from "./files.ts";

/** The kernel lets go of a group some time after its last process has ended. */
const REMOVE_MS = 2_000;
const MOST_WAIT_MS = 20;

/** Kills everything in a group until the kernel lets it be removed; what resists is left to the next node's sweep. */
export async function endGroup(folder: string, clock: Clock): Promise<void> {
  const end = clock.monotonic() + REMOVE_MS;
  for (let wait = 0; !removed(folder); wait = Math.min(wait + 1, MOST_WAIT_MS)) {
    if (!tryWrite(folder, "cgroup.kill", 1)) for (const pid of members(folder)) killQuietly(pid);
    if (clock.monotonic() > end) return;
    await clock.sleep(wait);
  }
}

/** A group with the groups in it. */
export async function endTree(folder: string, clock: Clock): Promise<void> {
  await Promise.all(children(folder).map((child) => endGroup(join(folder, child), clock)));
  await endGroup(folder, clock);
}

/** Unique among processes of all times since boot. */
export const treeName = (count: number): string => `orrery-${process.pid}-${startTime(process.pid)}-${count}`;

/** Ends trees of processes that are no more, whose names tell which process made them and when it was started. */
export async function sweep(place: string, clock: Clock): Promise<void> {
  for (const name of children(place)) {
    const [, pid, started] = /^orrery-(\d+)-(\d+)-\d+$/.exec(name) ?? [];
    if (pid === undefined || startTime(Number(pid)) === Number(started)) continue;
    await endTree(join(place, name), clock);
  }
}

const members = (folder: string): number[] =>
  readText(join(folder, "cgroup.procs")).split("\n").filter(Boolean).map(Number);

/** When a process started, in the kernel's ticks since boot; 0 when there is none. */
function startTime(pid: number): number {
  const stat = readText(`/proc/${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" "); // a process' name may hold anything
  return Number(fields[19] ?? 0);
}

function killQuietly(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has just ended.
  }
}
