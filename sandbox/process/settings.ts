/** How the limits of a request become those of a process, its control group and the files that it sees. */
import type { IsolateLimits } from "../../protocol/isolate.ts";
import type { CgroupLimits } from "../cgroup/cgroups.ts";
import type { View } from "../view.ts";

/** What is the launch's and bubblewrap's own in the group, and what the interpreter's files take in the page cache. */
const SPARE_BYTES = 48 * 1024 * 1024;
/** Code and read-only data that an interpreter maps but does not fill. */
const MAPPED_BYTES = 192 * 1024 * 1024;
const STACK_KIB = 8 * 1024;
const PAGE = 4_096;
/** bubblewrap waits outside of the namespaces. */
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

/** Limits of each single process, in units of `ulimit`: KiB, but for counts. */
export function limitsOf({ memoryBytes, cpuMs }: IsolateLimits, grouped: boolean): Record<string, number> {
  return {
    c: 0,
    n: 256,
    l: 0,
    s: STACK_KIB,
    d: memoryBytes / 1024,
    // Shared memory is not data; seconds of CPU are coarse. Both stand in for the group.
    ...(grouped ? {} : { v: (memoryBytes + MAPPED_BYTES) / 1024, t: Math.ceil(cpuMs / 1_000) }),
  };
}

/** An interpreter, its libraries, and a /tmp of that size. Everything else is read-only or not there at all. */
export function viewOf(files: readonly string[], given: { seed: number; diskBytes: number }): View {
  const { seed, diskBytes } = given;
  const tmp = diskBytes > 0 ? ["--size", String(diskBytes), "--tmpfs", "/tmp"] : [];
  return {
    files: [...files, ...tmp, "--remount-ro", "/", "--chdir", diskBytes > 0 ? "/tmp" : "/"],
    // Without a locale Python would look for one and set another variable; everything is UTF-8 anyway.
    environment: Object.entries({
      PYTHONHASHSEED: String(seed),
      PYTHONUTF8: "1",
      PYTHONCOERCECLOCALE: "0",
    }).flatMap(([name, value]) => ["--setenv", name, value]),
  };
}
