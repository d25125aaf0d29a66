/** A comparison that overlooks what an attack leaves would find every back end safe: each kind of leftover is made here. */
import { afterAll, expect, setDefaultTimeout, test } from "bun:test";
import { chownSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../support/temp-folder.ts";
import { hostChanges, hostSnapshot } from "./host.ts";
import { HostWatch } from "./host-watch.ts";
import { leavable } from "./leftovers.ts";
import { ownUid } from "./uid.ts";

setDefaultTimeout(20_000);
const uid = ownUid();
const root = process.getuid?.() === 0;
const own = tempFolder();
afterAll(() => own[Symbol.dispose]());
const snapshot = () => hostSnapshot({ uid, own: [own.path] });

for (const [kind, leave] of Object.entries(await leavable())) {
  test(`a ${kind} is seen while it is there`, async () => {
    const before = snapshot();
    const { lines, undo } = await leave(uid);
    const changes = hostChanges(before, snapshot());
    await undo();
    expect(changes.sort()).toEqual(lines.map((line) => `new: ${line}`).sort());
    expect(hostChanges(before, snapshot())).toEqual([]);
  });
}

test("another content of a file in a folder of its own is seen", () => {
  const path = join(own.path, "canary");
  writeFileSync(path, "secret");
  const before = snapshot();
  writeFileSync(path, "forged");
  expect(hostChanges(before, snapshot())).toEqual([
    expect.stringMatching(/^new: file .* forged$/),
    expect.stringMatching(/^gone: file .* secret$/),
  ]);
});

test.if(root)("a file of the isolates' uid is seen wherever everybody may write", () => {
  for (const place of ["/tmp", "/dev/shm", "/var/tmp"]) {
    const path = join(place, `left-by-${uid}`);
    const before = snapshot();
    writeFileSync(path, "");
    chownSync(path, uid, uid);
    const changes = hostChanges(before, snapshot());
    rmSync(path);
    expect(changes).toEqual([`new: file ${path}`]);
  }
});

test("who left something is blamed, and nobody after them", async () => {
  let there = ["etc"];
  const watch = await HostWatch.begin(async () => there);
  there = ["etc", "daemon"];
  expect(await watch.left(0)).toEqual(["new: daemon"]);
  expect(await watch.left(0)).toEqual([]);
  there = ["etc"]; // it has ended by itself, long after
  expect(await watch.left(0)).toEqual([]);
});

test("what was there before any of them must stay", async () => {
  let there = ["etc"];
  const watch = await HostWatch.begin(async () => there);
  there = [];
  expect(await watch.left(0)).toEqual(["gone: etc"]);
});

test("what goes within a moment was not left", async () => {
  let asked = 0;
  const watch = await HostWatch.begin(async () => (asked++ === 1 ? ["ending"] : []));
  expect(await watch.left()).toEqual([]);
});
