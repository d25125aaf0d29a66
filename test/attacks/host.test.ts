/** A comparison that overlooks what an attack leaves would find every back end safe: each kind of leftover is made here. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { chownSync, mkdirSync, rmdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { openCgroups } from "../../sandbox/cgroup/cgroups.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { hostChanges, hostSnapshot } from "./host.ts";
import { ownUid } from "./uid.ts";

setDefaultTimeout(20_000);
const uid = ownUid();
const root = process.getuid?.() === 0;
const own = tempFolder();
afterAll(() => own[Symbol.dispose]());
const snapshot = () => hostSnapshot({ uid, own: [own.path] });

/** What is new while `leave` holds, and that nothing is when it is undone. */
async function seen(leave: () => (() => unknown) | Promise<() => unknown>): Promise<string[]> {
  const before = snapshot();
  const undo = await leave();
  const changes = hostChanges(before, snapshot());
  await undo();
  expect(hostChanges(before, snapshot())).toEqual([]);
  return changes;
}

test("a file in a folder of its own, and another content of one", async () => {
  const path = join(own.path, "canary");
  writeFileSync(path, "secret");
  const changes = await seen(() => {
    const extra = join(own.path, "extra");
    writeFileSync(extra, "");
    return () => rmSync(extra);
  });
  expect(changes).toEqual([expect.stringContaining("new: file")]);
  const before = snapshot();
  writeFileSync(path, "forged");
  expect(hostChanges(before, snapshot())).toHaveLength(2);
});

test.if(root)("a file of the isolates' uid where everybody may write", async () => {
  for (const place of ["/tmp", "/dev/shm", "/var/tmp"]) {
    const path = join(place, `left-by-${uid}`);
    const changes = await seen(() => {
      writeFileSync(path, "");
      chownSync(path, uid, uid);
      return () => rmSync(path);
    });
    expect(changes).toEqual([`new: file ${path}`]);
  }
});

test.if(root)("a process of the isolates' uid", async () => {
  const changes = await seen(async () => {
    const child = Bun.spawn(["setpriv", `--reuid=${uid}`, "--clear-groups", "--", "sleep", "60"]);
    while (hostSnapshot({ uid }).every((line) => !line.includes(`process ${child.pid} sleep`)))
      await Bun.sleep(5);
    return async () => {
      child.kill("SIGKILL");
      await child.exited;
    };
  });
  expect(changes).toEqual([expect.stringMatching(/^new: process \d+ sleep 60/)]);
});

const groups = await openCgroups({ clock: createSystemClock() });
afterAll(() => groups?.close());
test.if(groups !== undefined)("a control group", async () => {
  const changes = await seen(() => {
    const group = groups!.make({ memoryBytes: 2 ** 26, processes: 8 });
    return () => group.remove();
  });
  expect(changes.length).toBeGreaterThan(0);
  expect(changes.every((change) => change.startsWith("new: control group"))).toBe(true);
});

test.if(root)("a socket in a shared place", async () => {
  const path = `/tmp/socket-of-${uid}`;
  const changes = await seen(() => {
    const server = Bun.listen({ unix: path, socket: { data() {} } });
    chownSync(path, uid, uid);
    return () => {
      server.stop(true);
      rmSync(path, { force: true });
    };
  });
  expect(changes.sort()).toEqual([`new: file ${path}`, `new: socket ${path}`]);
});

test.if(root)("a mount", async () => {
  const place = join("/mnt", `left-by-${uid}`);
  mkdirSync(place);
  try {
    const mount = Bun.spawnSync(["mount", "-t", "tmpfs", "none", place]);
    if (mount.exitCode !== 0) return; // a container may not mount, and then neither may a guest
    Bun.spawnSync(["umount", place]);
    const changes = await seen(() => {
      Bun.spawnSync(["mount", "-t", "tmpfs", "none", place]);
      return () => Bun.spawnSync(["umount", place]);
    });
    expect(changes).toEqual([`new: mount ${place} of /`]);
  } finally {
    rmdirSync(place);
  }
});
