/**
 * Control groups around isolates: memory and processes of everything in one together, which no limit of a single
 * process can hold. Version 1 and 2, where this process may write them.
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Clock } from "../../runtime/ports/clock.ts";
import { startJanitor } from "../janitor.ts";
import { removed, tryWrite, write } from "./files.ts";
import { type Hierarchies, hierarchies } from "./hierarchy.ts";
import { endGroup, endTree, sweep, treeName } from "./removal.ts";
import { type CgroupUsage, usageOf1, usageOf2 } from "./usage.ts";

export interface CgroupLimits {
  /** Of all processes together, page cache and tmpfs included; no swap beside it. */
  memoryBytes: number;
  /** Processes and threads. */
  processes: number;
}

export interface Cgroup {
  /** A process joins by writing its id to each of these files; what it starts then is in the group as well. */
  readonly join: readonly string[];
  usage(): CgroupUsage;
  /** Kills what is left in the group, and removes it. */
  remove(): Promise<void>;
}

export interface Cgroups {
  readonly version: 1 | 2;
  make(limits: CgroupLimits): Cgroup;
  /** Ends and removes all groups. */
  close(): Promise<void>;
}

interface OpenCgroups {
  clock: Clock;
  /** Folder of this process in /proc. */
  proc?: string;
}

const V1 = ["memory", "pids", "cpuacct"];
const V2 = ["memory", "pids"]; // CPU time is counted without a controller
const PROOF: CgroupLimits = { memoryBytes: 2 ** 30, processes: 64 };
let opened = 0;

/** Undefined where this process may make no groups. Groups of killed nodes beside its own are ended and removed. */
export async function openCgroups({ clock, proc }: OpenCgroups): Promise<Cgroups | undefined> {
  const name = treeName(opened++);
  for (const { version, places } of candidates(hierarchies(proc))) {
    const trees = places.map((place) => join(place, name));
    try {
      if (version === 2) delegate(places[0]!);
      for (const tree of trees) mkdirSync(tree);
      if (version === 2) delegate(trees[0]!);
      await makeGroup({ version, trees, clock, name: "proof" }, PROOF).remove();
    } catch {
      for (const tree of trees) removed(tree);
      continue;
    }
    await Promise.all(places.map((place) => sweep(place, clock)));
    const janitor = startJanitor({ groups: trees });
    let made = 0;
    return {
      version,
      make: (limits) => makeGroup({ version, trees, clock, name: String(made++) }, limits),
      async close() {
        await Promise.all(trees.map((tree) => endTree(tree, clock)));
        await janitor.stop();
      },
    };
  }
  return undefined;
}

/**
 * Version 2 has no processes beside groups, except at the root. So where the own place is taken, by this very process, the
 * one above is tried, which a service manager may have left to it (systemd: DelegateSubgroup), and the root.
 */
function candidates({ v1, v2 }: Hierarchies): { version: 1 | 2; places: string[] }[] {
  const own = V1.map((controller) => v1.get(controller)).filter((place) => place !== undefined);
  const single = v2 === undefined ? [] : [...new Set([v2.own, above(v2), v2.root])];
  return [
    ...single.map((place) => ({ version: 2 as const, places: [place] })),
    ...(own.length === V1.length ? [{ version: 1 as const, places: own }] : []),
  ];
}

const above = ({ own, root }: { own: string; root: string }): string => (own === root ? root : dirname(own));

/** Version 2 gives the groups in a group those controllers that its `subtree_control` names. */
function delegate(folder: string): void {
  const file = join(folder, "cgroup.subtree_control");
  const given = readFileSync(file, "utf8").trim().split(" ");
  if (V2.every((controller) => given.includes(controller))) return;
  writeFileSync(file, V2.map((controller) => `+${controller}`).join(" "), { flag: "r+" });
}

interface MakeGroup {
  version: 1 | 2;
  trees: readonly string[];
  clock: Clock;
  name: string;
}

function makeGroup(
  { version, trees, clock, name }: MakeGroup,
  { memoryBytes, processes }: CgroupLimits,
): Cgroup {
  const folders = trees.map((tree) => join(tree, name));
  const [memory = "", pids = memory, cpu = memory] = folders;
  try {
    for (const folder of folders) mkdirSync(folder);
    if (version === 1) {
      write(memory, "memory.limit_in_bytes", memoryBytes);
      tryWrite(memory, "memory.memsw.limit_in_bytes", memoryBytes); // only where the kernel counts swap
    } else {
      write(memory, "memory.max", memoryBytes);
      tryWrite(memory, "memory.swap.max", 0);
    }
    write(pids, "pids.max", processes);
  } catch (error) {
    for (const folder of folders) removed(folder);
    throw error;
  }
  return {
    join: folders.map((folder) => join(folder, "cgroup.procs")),
    usage: () => (version === 1 ? usageOf1(memory, pids, cpu) : usageOf2(memory)),
    remove: async () => void (await Promise.all(folders.map((folder) => endGroup(folder, clock)))),
  };
}
