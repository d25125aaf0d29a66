/** One of each kind of thing that an attack could leave on the host, to see whether a comparison finds it. */
import { chownSync, existsSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { openCgroups } from "../../sandbox/cgroup/cgroups.ts";

export interface Leftover {
  /** Every line that a comparison finds of it. */
  lines: string[];
  undo(): Promise<void>;
}
/** Leaves it, as the isolates' uid where it has an owner. */
export type Leave = (uid: number) => Promise<Leftover>;

/** Kinds that this process can leave here. */
export async function leavable(): Promise<Record<string, Leave>> {
  const root = process.getuid?.() === 0;
  const mounts = root && (await mountPossible());
  const groups = await openCgroups({ clock: createSystemClock() });
  await groups?.close();
  return {
    ...(root ? { file: leaveFile, process: leaveProcess, socket: leaveSocket } : {}),
    ...(root && Bun.which("ipcmk") ? { "segment of shared memory": leaveSharedMemory } : {}),
    ...(mounts ? { mount: leaveMount } : {}),
    ...(groups === undefined ? {} : { "control group": leaveControlGroup }),
  };
}

const leaveFile: Leave = async (uid) => {
  const path = join("/dev/shm", `left-by-${uid}`);
  writeFileSync(path, "");
  chownSync(path, uid, uid);
  return { lines: [`file ${path}`], undo: async () => rmSync(path) };
};

const leaveProcess: Leave = async (uid) => {
  const child = Bun.spawn(["setpriv", `--reuid=${uid}`, "--clear-groups", "--", "sleep", "60"]);
  const command = Bun.file(`/proc/${child.pid}/cmdline`);
  while (!(await command.text()).startsWith("sleep")) await Bun.sleep(5);
  return {
    lines: [`process ${child.pid} sleep 60 `],
    async undo() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
};

const leaveSocket: Leave = async (uid) => {
  const path = `/tmp/socket-of-${uid}`;
  const server = Bun.listen({ unix: path, socket: { data() {} } });
  chownSync(path, uid, uid);
  return {
    lines: [`file ${path}`, `socket ${path}`],
    async undo() {
      server.stop(true);
      rmSync(path, { force: true });
    },
  };
};

const leaveSharedMemory: Leave = async (uid) => {
  const said = await told(["setpriv", `--reuid=${uid}`, "--clear-groups", "ipcmk", "-M", "4096"]);
  const id = /\d+/.exec(said)![0];
  const rows = (await Bun.file("/proc/sysvipc/shm").text()).split("\n").map((row) => row.trim().split(/\s+/));
  const [key] = rows.find((fields) => fields[1] === id)!;
  return {
    lines: [`system v shm ${key} ${id}`],
    undo: async () => void (await told(["ipcrm", "-m", id])),
  };
};

const PLACE = join("/mnt", `left-by-${process.pid}`);

const leaveMount: Leave = async () => {
  mkdirSync(PLACE);
  await told(["mount", "-t", "tmpfs", "none", PLACE]);
  return {
    lines: [`mount ${PLACE} of /`],
    async undo() {
      await told(["umount", PLACE]);
      rmdirSync(PLACE);
    },
  };
};

/** A container may not mount, and then neither may a guest. */
async function mountPossible(): Promise<boolean> {
  try {
    await (await leaveMount(0)).undo();
    return true;
  } catch {
    if (existsSync(PLACE)) rmdirSync(PLACE);
    return false;
  }
}

const leaveControlGroup: Leave = async () => {
  const groups = await openCgroups({ clock: createSystemClock() });
  const { join: files } = groups!.make({ memoryBytes: 2 ** 26, processes: 8 });
  const folders = files.map((file) => file.slice(0, -"/cgroup.procs".length));
  const trees = folders.map((folder) => folder.slice(0, folder.lastIndexOf("/")));
  return {
    lines: [...folders, ...trees].map((folder) => `control group ${folder}`),
    undo: async () => await groups!.close(),
  };
};

/** What a command prints. */
async function told(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdio: ["ignore", "pipe", "ignore"] });
  const said = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error(`${command.join(" ")}: exit ${child.exitCode}`);
  return said;
}
