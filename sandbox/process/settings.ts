/** How the limits of a request become those of a process, its control group and the files that it sees. */
import type { IsolateLimits } from "../../protocol/isolate.ts";
import type { CgroupLimits } from "../cgroup/cgroups.ts";
import type { View } from "../view.ts";

/** What the process that waits for the case takes of the group, and the interpreter's files in the page cache. */
const SPARE_BYTES = 48 * 1024 * 1024;
/** Code and read-only data that an interpreter maps but does not fill. */
const MAPPED_BYTES = 192 * 1024 * 1024;
const STACK_BYTES = 8 * 1024 * 1024;
const PAGE = 4_096;
/** A process waits for the case outside of the namespaces. */
const OUTER = 1;

export interface Room extends CgroupLimits {
  diskBytes: number;
}

/**
 * What a case may use in all. Files and processes are held by the control group only, so that without one there are
 * neither: nothing could count what they take together.
 */
export function roomOf(
  { memoryBytes, outputBytes, processes, diskBytes }: IsolateLimits,
  grouped: boolean,
): Room {
  const pages = grouped ? Math.floor(diskBytes / PAGE) : 0;
  return {
    memoryBytes: memoryBytes + pages * PAGE + 2 * outputBytes + SPARE_BYTES,
    processes: processes + OUTER,
    diskBytes: pages * PAGE,
  };
}

/** Limits of each single process, by the names of `resource.RLIMIT_…`: bytes, seconds of CPU time, or counts. */
export function limitsOf({ memoryBytes, cpuMs }: IsolateLimits, grouped: boolean): Record<string, number> {
  return {
    CORE: 0,
    NOFILE: 256,
    MEMLOCK: 0,
    STACK: STACK_BYTES,
    DATA: memoryBytes,
    // Shared memory is not data, and a thread is a process. Of CPU time this is the second line: the node looks more often.
    ...(grouped ? {} : { AS: memoryBytes + MAPPED_BYTES, NPROC: 1, CPU: Math.ceil(cpuMs / 1_000) + 1 }),
  };
}

/** Of the process that forks isolates, in units of `ulimit`; the stack's decides where memory lies in all of them. */
export const SERVER_LIMITS = { c: 0, n: 256, l: 0, s: STACK_BYTES / 1024 };

/** An interpreter, its libraries, and a place for /tmp. Everything is read-only or not there at all. */
export const viewOf = (files: readonly string[]): View => ({
  files: [...files, "--dir", "/tmp", "--remount-ro", "/", "--chdir", "/"],
  // Hashes have no salt, as in Wasmtime. Without a locale Python would look for one and set another variable.
  environment: Object.entries({
    PYTHONHASHSEED: "0",
    PYTHONUTF8: "1",
    PYTHONCOERCECLOCALE: "0",
  }).flatMap(([name, value]) => ["--setenv", name, value]),
});
