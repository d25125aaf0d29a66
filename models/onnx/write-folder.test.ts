import { afterAll, expect, test } from "bun:test";
import { mkdirSync, readdirSync, statSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { writeFolder } from "./write-folder.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
let made = 0;
const newRoot = () => {
  const root = join(temp.path, `root-${made++}`);
  mkdirSync(root);
  return root;
};
const one = (text: string) => async (work: string) => {
  writeFileSync(join(work, "one"), text);
  return text;
};
const kept = (folder: string) => Bun.file(join(folder, "one")).text();

test("a folder is there when everything in it is, and others may read it", async () => {
  const root = newRoot();
  const folder = join(root, "deep", "model");
  const write = async (work: string) => {
    expect(readdirSync(join(root, "deep"))).not.toContain("model");
    return await one("a")(work);
  };
  expect(await writeFolder({ folder, bytes: 1, write })).toBe("a");
  expect(readdirSync(join(root, "deep"))).toEqual(["model"]);
  expect(statSync(folder).mode & 0o777).toBe(0o755);
});

test("what was there stays unless it gives way", async () => {
  const root = newRoot();
  const folder = join(root, "model");
  await writeFolder({ folder, bytes: 1, write: one("a") });
  expect((await rejection(writeFolder({ folder, bytes: 1, write: one("b") }))).code).toBe("conflict");
  expect(await kept(folder)).toBe("a");
  await writeFolder({ folder, bytes: 1, write: one("c"), replaces: (text) => text === "c" });
  expect(await kept(folder)).toBe("c");
  expect([readdirSync(root), readdirSync(folder)]).toEqual([["model"], ["one"]]);
});

test("writing that fails leaves nothing behind and what was there alone", async () => {
  const root = newRoot();
  const folder = join(root, "model");
  await writeFolder({ folder, bytes: 1, write: one("a") });
  const full = Object.assign(new Error("no space left on device"), { code: "ENOSPC", syscall: "write" });
  const write = async (work: string) => {
    await one("half")(work);
    throw full;
  };
  const failure = await rejection(writeFolder({ folder, bytes: 1, write, replaces: () => true }));
  expect(failure).toMatchObject({ code: "storage", hint: expect.stringContaining("--dir") });
  expect([await kept(folder), readdirSync(root)]).toEqual(["a", ["model"]]);
});

test("what can never fit is not begun", async () => {
  const root = newRoot();
  let begun = false;
  const write = async () => void (begun = true);
  const failure = await rejection(writeFolder({ folder: join(root, "model"), bytes: 1e18, write }));
  expect(failure).toMatchObject({ code: "storage", meta: { needsMB: 1e12, freeMB: expect.any(Number) } });
  expect([begun, readdirSync(root)]).toEqual([false, []]);
});

test("what a crash left long ago is cleared away, what somebody writes now is not", async () => {
  const root = newRoot();
  for (const name of ["model.old123", "model.new123", "other.old123"]) mkdirSync(join(root, name));
  const longAgo = new Date(Date.now() - 24 * 3_600_000);
  for (const name of ["model.old123", "other.old123"]) utimesSync(join(root, name), longAgo, longAgo);
  await writeFolder({ folder: join(root, "model"), bytes: 1, write: one("a") });
  expect(readdirSync(root).sort()).toEqual(["model", "model.new123", "other.old123"]);
});
