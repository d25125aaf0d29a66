/**
 * What an attack could leave on the host: files, processes, control groups, mounts, sockets, settings of the kernel.
 * Other programs are at work on the same machine, so what changes all the time is looked at for the isolates' own uid.
 */
import { lstatSync, readdirSync, readFileSync, readlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** Places that only an administrator changes, and how deep they are compared. */
const STILL: Readonly<Record<string, number>> = {
  ...{ "/": 1, "/etc": 3, "/usr/local": 3, "/opt": 2, "/srv": 2, "/boot": 2 },
  ...{ "/root": 1, "/home": 2, "/var/spool": 3, "/var/lib": 1 },
};
/** Folders with too much in them to look at each file: what comes or goes in them changes their own time. */
const LARGE = ["/usr", "/usr/bin", "/usr/sbin", "/usr/lib", "/usr/share", "/lib/modules", "/var"];
/** Places where everybody may write. */
const SHARED = ["/tmp", "/var/tmp", "/dev/shm", "/dev/mqueue", "/run", "/var/crash"];
const SETTINGS = [
  ...["/proc/sys/kernel/core_pattern", "/proc/sys/kernel/modprobe", "/proc/sys/kernel/hostname"],
  ...["/proc/sys/kernel/randomize_va_space", "/proc/sys/vm/overcommit_memory", "/sys/kernel/uevent_helper"],
];
const MOST_ENTRIES = 20_000;
/** Engines of tests mount and unmount in folders of their own, which whoever started one compares by itself. */
const ENGINES = join(tmpdir(), "orrery-docker-");

export interface HostOptions {
  /** The isolates run as this one, and nobody else does. */
  uid: number;
  /** Processes that make the control groups; this one, unless others are told. */
  nodes?: readonly number[];
  /** Folders of this test: compared in full, contents as well. */
  own?: readonly string[];
}

/** One line for each thing, so that two snapshots are compared line by line. */
export function hostSnapshot({ uid, own = [], nodes = [process.pid] }: HostOptions): string[] {
  return [
    ...Object.entries(STILL).flatMap(([folder, depth]) => entries(folder, depth).map(described)),
    ...own.flatMap((folder) => entries(folder, 8).map((path) => `${described(path)} ${text(path)}`)),
    ...LARGE.map((folder) => `folder ${folder} ${stat(folder)?.mtimeMs ?? "none"}`),
    ...SHARED.flatMap((folder) => entries(folder, 3)).flatMap((path) =>
      ownerOf(path) === uid ? [`file ${path}`] : [],
    ),
    ...SETTINGS.map((path) => `setting ${path} ${text(path)}`),
    ...processesOf(uid),
    ...nodes.flatMap(controlGroups),
    ...mounts(),
    ...socketsOf(uid),
    ...sharedMemoryOf(uid),
  ];
}

/** What is there now and was not before, and what was before and is not now. */
export function hostChanges(before: readonly string[], now: readonly string[]): string[] {
  const [had, has] = [new Set(before), new Set(now)];
  return [
    ...now.filter((line) => !had.has(line)).map((line) => `new: ${line}`),
    ...before.filter((line) => !has.has(line)).map((line) => `gone: ${line}`),
  ];
}

function entries(folder: string, depth: number): string[] {
  const found: string[] = [];
  const walk = (at: string, left: number): void => {
    for (const { name, isFolder } of within(at)) {
      const path = join(at, name);
      if (found.push(path) > MOST_ENTRIES) throw new Error(`too much to compare in ${folder}`);
      if (left > 1 && isFolder) walk(path, left - 1);
    }
  };
  walk(folder, depth);
  return found;
}

function within(folder: string): { name: string; isFolder: boolean }[] {
  try {
    const found = readdirSync(folder, { withFileTypes: true });
    return found.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }));
  } catch {
    return []; // not there, or not ours to look into
  }
}

const stat = (path: string) => lstatSync(path, { throwIfNoEntry: false });
const ownerOf = (path: string): number | undefined => stat(path)?.uid;

function described(path: string): string {
  const found = stat(path);
  if (found === undefined) return `file ${path} gone`;
  const { mode, uid, gid, size, mtimeMs } = found;
  const content = found.isFile() ? `${size} ${mtimeMs}` : "";
  return `file ${path} ${mode.toString(8)} ${uid}:${gid} ${content}`;
}

function text(path: string): string {
  try {
    return stat(path)?.isFile() ? readFileSync(path, "utf8").trim() : "";
  } catch {
    return "";
  }
}

/** Processes of the isolates' uid, whatever they have become. */
function processesOf(uid: number): string[] {
  return within("/proc")
    .filter(({ name }) => /^\d+$/.test(name))
    .flatMap(({ name: pid }) => {
      const status = text(`/proc/${pid}/status`);
      const uids = /^Uid:\s+(.*)$/m.exec(status)?.[1]?.split(/\s+/) ?? [];
      const zombie = /^State:\s+Z/m.test(status);
      if (!uids.includes(String(uid))) return [];
      return [
        `process ${pid} ${zombie ? "zombie" : text(`/proc/${pid}/cmdline`).replaceAll("\0", " ").slice(0, 80)}`,
      ];
    });
}

/** Those that a node made. Whatever an isolate starts is in one of these. */
function controlGroups(node: number): string[] {
  const found: string[] = [];
  const walk = (folder: string, left: number): void => {
    for (const { name, isFolder } of within(folder)) {
      if (!isFolder) continue;
      const path = join(folder, name);
      if (path.includes(`/orrery-${node}-`)) found.push(`control group ${path}`);
      if (left > 1) walk(path, left - 1);
    }
  };
  walk("/sys/fs/cgroup", 6);
  return found;
}

const lines = (path: string): string[] => text(path).split("\n").filter(Boolean);

const mounts = (): string[] => {
  const found = [];
  for (const line of lines("/proc/self/mountinfo")) {
    const [, , , root, at] = line.split(" ");
    if (!at?.startsWith(ENGINES)) found.push(`mount ${at} of ${root}`);
  }
  return [...found, `mount namespace ${readlinkSync("/proc/self/ns/mnt")}`];
};

/** Network sockets by their owner; those of Unix have none, so that the ones with a name in shared places are taken. */
function socketsOf(uid: number): string[] {
  const network = ["tcp", "tcp6", "udp", "udp6", "raw", "raw6", "icmp", "packet", "netlink"].flatMap((kind) =>
    lines(`/proc/net/${kind}`)
      .slice(1)
      .filter((line) => line.trim().split(/\s+/)[7] === String(uid))
      .map((line) => `socket ${kind} ${line.trim()}`),
  );
  const unix = lines("/proc/net/unix").flatMap((line) => {
    const name = line.trim().split(/\s+/)[7];
    return name !== undefined && ownerOf(name) === uid ? [`socket ${name}`] : [];
  });
  return [...network, ...unix];
}

/** Segments, semaphores and queues of System V stay when their makers end. */
const sharedMemoryOf = (uid: number): string[] =>
  ["shm", "sem", "msg"].flatMap((kind) => {
    const [head = "", ...rows] = lines(`/proc/sysvipc/${kind}`);
    const owners = ["uid", "cuid"].map((name) => head.trim().split(/\s+/).indexOf(name));
    return rows
      .map((row) => row.trim().split(/\s+/))
      .filter((fields) => owners.some((at) => fields[at] === String(uid)))
      .map(([key, id]) => `system v ${kind} ${key} ${id}`);
  });
