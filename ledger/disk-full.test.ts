import { afterEach, beforeEach, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Failure } from "../protocol/failure.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import type { Ledger, NewEvent } from "./ledger.ts";
import { openSqliteLedger } from "./sqlite.ts";

const clock = createSystemClock();
const body = "x".repeat(10_000);
const event = (key: string): NewEvent => ({ subnet: "demo", type: "job.concluded", key, body });

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "orrery-full-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Appends until the ledger refuses; gives what was acknowledged and the refusal. */
async function fill(ledger: Ledger): Promise<{ keys: string[]; failure: Failure }> {
  const keys: string[] = [];
  for (let index = 0; index < 10_000; index++) {
    try {
      await ledger.append([event(`k${index}`)]);
      keys.push(`k${index}`);
    } catch (thrown) {
      return { keys, failure: thrown as Failure };
    }
  }
  throw new Error("The disk never became full");
}

async function expectStorageFailure(ledger: Ledger): Promise<string[]> {
  const { keys, failure } = await fill(ledger);
  expect(failure).toBeInstanceOf(Failure);
  expect(failure.code).toBe("storage");
  expect(failure.retryable).toBe(true);
  expect(failure.hint).toMatch(/space/);
  expect((await ledger.read({ limit: 10_000 })).map(({ key }) => key)).toEqual(keys);
  expect(await ledger.verify()).toEqual({ ok: true, events: keys.length });
  return keys;
}

test("a ledger at its maxBytes refuses with storage, still reads, and goes on once it may grow", async () => {
  const path = join(folder, "ledger.sqlite");
  const small = await openSqliteLedger({ path, clock, maxBytes: 1_000_000 });
  const keys = await expectStorageFailure(small);
  expect(keys.length).toBeGreaterThan(10);
  await small.close();

  const larger = await openSqliteLedger({ path, clock, maxBytes: 2_000_000 });
  const [result] = await larger.append([event(`k${keys.length}`)]);
  expect(result).toMatchObject({ duplicate: false, event: { seq: keys.length + 1 } });
  expect(await larger.verify()).toEqual({ ok: true, events: keys.length + 1 });
  await larger.close();
});

test("a small event still fits where a large one was refused", async () => {
  const ledger = await openSqliteLedger({ path: join(folder, "l.sqlite"), clock, maxBytes: 1_000_000 });
  await expectStorageFailure(ledger);
  const [small] = await ledger.append([{ ...event("small"), body: 1 }]);
  expect(small?.duplicate).toBe(false);
  await ledger.close();
});

const disk = mountSmallDisk();
test.skipIf(disk === undefined)(
  "a full disk is survived in place: the open ledger goes on once there is space",
  async () => {
    const mounted = disk ?? "";
    try {
      const ballast = join(mounted, "ballast");
      writeFileSync(ballast, new Uint8Array(1_500_000));
      const ledger = await openSqliteLedger({ path: join(mounted, "ledger.sqlite"), clock });
      const keys = await expectStorageFailure(ledger);
      rmSync(ballast);
      const [result] = await ledger.append([event(`k${keys.length}`)]);
      expect(result).toMatchObject({ duplicate: false, event: { seq: keys.length + 1 } });
      expect(await ledger.verify()).toEqual({ ok: true, events: keys.length + 1 });
      await ledger.close();
    } finally {
      Bun.spawnSync(["umount", mounted]);
      rmSync(mounted, { recursive: true, force: true });
    }
  },
);

/** A file system of 4 MiB, where we may mount one. */
function mountSmallDisk(): string | undefined {
  if (process.getuid?.() !== 0 || process.platform !== "linux") return undefined;
  const path = mkdtempSync(join(tmpdir(), "orrery-disk-"));
  if (Bun.spawnSync(["mount", "-t", "tmpfs", "-o", "size=4m", "tmpfs", path]).success) return path;
  rmSync(path, { recursive: true, force: true });
  return undefined;
}
