import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { openCgroups } from "./cgroups.ts";
import { hierarchies } from "./hierarchy.ts";
import { usageOf2 } from "./usage.ts";

setDefaultTimeout(20_000);
const clock = createSystemClock();
const groups = await openCgroups({ clock });
await groups?.close();

/** A `/proc/self` in a folder. */
function proc(at: string, cgroup: string, mountinfo: string): string {
  const folder = join(at, "proc");
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "cgroup"), cgroup);
  writeFileSync(join(folder, "mountinfo"), mountinfo);
  return folder;
}

describe("hierarchies", () => {
  test("are found by what is mounted: version 1 by controller, version 2 as a whole", () => {
    using folder = tempFolder();
    const found = hierarchies(
      proc(
        folder.path,
        "5:cpu,cpuacct:/node\n4:memory:/process/1\n0::/user.slice\n",
        [
          "33 32 0:30 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory",
          "34 32 0:31 / /sys/fs/cgroup/cpu,cpuacct rw - cgroup cgroup rw,cpu,cpuacct",
          "35 32 0:32 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw",
        ].join("\n"),
      ),
    );
    expect(found.v1.get("memory")).toBe("/sys/fs/cgroup/memory/process/1");
    expect(found.v1.get("cpuacct")).toBe("/sys/fs/cgroup/cpu,cpuacct/node");
    expect(found.v2).toEqual({ own: "/sys/fs/cgroup/unified/user.slice", root: "/sys/fs/cgroup/unified" });
  });

  test("that show only a part of the tree, as in a container, are walked from that part", () => {
    using folder = tempFolder();
    const mount = "33 32 0:30 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory";
    expect(hierarchies(proc(folder.path, "4:memory:/docker/abc/x\n", mount)).v1.get("memory")).toBe(
      "/sys/fs/cgroup/memory/x",
    );
    expect(hierarchies(proc(folder.path, "4:memory:/elsewhere\n", mount)).v1.get("memory")).toBeUndefined();
  });

  test("are none where there is no such system", async () => {
    expect(hierarchies("/nowhere")).toEqual({ v1: new Map(), v2: undefined });
    expect(await openCgroups({ clock, proc: "/nowhere" })).toBeUndefined();
  });

  test("where nothing can be made are passed over in silence, and nothing is left", async () => {
    using folder = tempFolder();
    const root = join(folder.path, "unified");
    mkdirSync(root);
    writeFileSync(join(root, "cgroup.subtree_control"), "memory pids cpu\n"); // a folder, so no files come with a group
    const mount = `35 32 0:32 / ${root} rw - cgroup2 cgroup2 rw`;
    expect(
      await openCgroups({ clock, proc: proc(folder.path, "0::/service/node\n", mount) }),
    ).toBeUndefined();
    expect(readFileSync(join(root, "cgroup.subtree_control"), "utf8")).toBe("memory pids cpu\n");
    expect([...new Bun.Glob("*").scanSync({ cwd: root, onlyFiles: false })]).toEqual([
      "cgroup.subtree_control",
    ]);
  });
});

test("version 2 tells its counters by name", () => {
  using folder = tempFolder();
  const files = {
    "cpu.stat": "usage_usec 1500\nuser_usec 1000\n",
    "memory.peak": "4096\n",
    "memory.events": "low 0\nmax 3\noom 1\noom_kill 2\n",
    "pids.events": "max 7\n",
  };
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder.path, name), text);
  expect(usageOf2(folder.path)).toEqual({ cpuMs: 1.5, peakBytes: 4_096, oomKills: 2, refusedForks: 7 });
  expect(usageOf2("/nowhere")).toEqual({ cpuMs: null, peakBytes: null, oomKills: null, refusedForks: null });
});

describe.skipIf(groups === undefined)("a control group of this machine", () => {
  const inGroup = async (script: string, limits = { memoryBytes: 64 * 2 ** 20, processes: 4 }) => {
    const opened = (await openCgroups({ clock }))!;
    try {
      const group = opened.make(limits);
      const joins = group.join.map((file) => `echo $$ >${file}`).join("; ");
      const child = Bun.spawn(["sh", "-c", `${joins}; ${script}`], { stdio: ["ignore", "ignore", "ignore"] });
      await child.exited;
      const usage = group.usage();
      await group.remove();
      expect(group.join.some((file) => existsSync(dirname(file)))).toBe(false);
      return usage;
    } finally {
      await opened.close();
    }
  };

  test("counts the CPU time of all that was started in it", async () => {
    const { cpuMs } = await inGroup("(i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done) & wait");
    expect(cpuMs!).toBeGreaterThan(1);
  });

  test("kills what takes more memory than it has, and tells so", async () => {
    const { oomKills, peakBytes } = await inGroup("head -c 200000000 /dev/zero | tail -c 190000000 | wc -c");
    expect(oomKills!).toBeGreaterThan(0);
    expect(peakBytes!).toBeLessThanOrEqual(64 * 2 ** 20);
  });

  test("refuses processes above its number, and tells so", async () => {
    expect((await inGroup("for n in 1 2 3 4 5 6; do sleep 0.2 & done; wait")).refusedForks!).toBeGreaterThan(
      0,
    );
  });

  test("ends what is left in it when it is removed", async () => {
    const opened = (await openCgroups({ clock }))!;
    const group = opened.make({ memoryBytes: 2 ** 26, processes: 8 });
    const joins = group.join.map((file) => `echo $$ >${file}`).join("; ");
    const child = Bun.spawn(["sh", "-c", `${joins}; exec setsid sleep 600`], {
      stdio: ["ignore", "pipe", "ignore"],
    });
    while (!readFileSync(group.join[0]!, "utf8").includes(String(child.pid))) await Bun.sleep(2);
    await group.remove();
    expect(await child.exited).not.toBe(0);
    await opened.close();
  });

  test("of a node that is no more is ended by the next, which finds it by its name", async () => {
    const opened = (await openCgroups({ clock }))!;
    const place = dirname(dirname(dirname(opened.make({ memoryBytes: 2 ** 26, processes: 8 }).join[0]!)));
    const dead = join(place, "orrery-999999999-1-0");
    mkdirSync(join(dead, "0"), { recursive: true });
    await (await openCgroups({ clock }))!.close();
    expect(existsSync(dead)).toBe(false);
    await opened.close();
  });
});
