import { expect, test } from "bun:test";
import { readdirSync, utimesSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { blobsContract } from "../../test/contract/blobs.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { createDirectoryBlobs, removeOldBlobs } from "./directory-blobs.ts";
import { createMemoryBlobs } from "./memory-blobs.ts";

blobsContract("memory blobs", async () => ({
  blobs: createMemoryBlobs(),
  [Symbol.asyncDispose]: async () => {},
}));

blobsContract("directory blobs", async () => {
  const folder = tempFolder();
  return {
    blobs: createDirectoryBlobs({ path: folder.path }),
    async damage(ref) {
      writeFileSync(join(folder.path, ref.sha256.slice(0, 2), ref.sha256), "x".repeat(ref.size));
    },
    [Symbol.asyncDispose]: async () => folder[Symbol.dispose](),
  };
});

test("memory blobs refuse what does not fit, and deleting makes room", async () => {
  const blobs = createMemoryBlobs({ maxBytes: 10 });
  const first = await blobs.put("12345678");
  expect((await rejection(blobs.put("abc"))).code).toBe("storage");
  await blobs.delete(first);
  await blobs.put("abc");
});

test("directory blobs leave no partial files, and say when the folder cannot be written", async () => {
  using folder = tempFolder();
  const blobs = createDirectoryBlobs({ path: folder.path });
  const ref = await blobs.put("whole");
  expect(readdirSync(join(folder.path, ref.sha256.slice(0, 2)))).toEqual([ref.sha256]);

  const file = join(folder.path, "file");
  writeFileSync(file, "");
  const failure = await rejection(createDirectoryBlobs({ path: join(file, "below") }).put("x"));
  expect(failure.code).toBe("storage");
  expect(failure.retryable).toBe(true);
});

test("old blobs are removed, with parts that were never finished; what was put again since then stays", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "blobs");
  expect(await removeOldBlobs({ path, before: 1 })).toBe(0);
  const blobs = createDirectoryBlobs({ path });
  const [old, again] = [await blobs.put("old"), await blobs.put("again")];
  const fileOf = (name: string): string => join(path, old.sha256.slice(0, 2), name);
  writeFileSync(fileOf(".0.part"), "half");
  const longAgo = new Date(1_000_000);
  const stale = [fileOf(old.sha256), fileOf(".0.part"), join(path, again.sha256.slice(0, 2), again.sha256)];
  for (const file of stale) utimesSync(file, longAgo, longAgo);
  await blobs.put("again");
  expect(await removeOldBlobs({ path, before: 2_000_000 })).toBe(2);
  expect(await Promise.all([blobs.has(old), blobs.has(again)])).toEqual([false, true]);
  expect(readdirSync(join(path, old.sha256.slice(0, 2)))).toEqual([]);
});
