import { expect, test } from "bun:test";
import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { blobsContract } from "../../test/contract/blobs.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { createDirectoryBlobs } from "./directory-blobs.ts";
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
