import { expect, test } from "bun:test";
import { join } from "node:path";
import { storeContract } from "../../test/contract/store.ts";
import { refusal } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { createMemoryStore } from "./memory-store.ts";
import { createSqliteStore } from "./sqlite-store.ts";

storeContract("memory store", () => {
  const disk = new Map<string, Uint8Array>();
  const store = createMemoryStore(disk);
  return {
    store,
    reopen: () => {
      store.close();
      return createMemoryStore(disk);
    },
    [Symbol.dispose]: () => store.close(),
  };
});

storeContract("sqlite store", () => {
  const folder = tempFolder();
  const path = join(folder.path, "node.sqlite");
  const store = createSqliteStore({ path });
  return {
    store,
    reopen: () => {
      store.close();
      return createSqliteStore({ path });
    },
    [Symbol.dispose]: () => {
      store.close();
      folder[Symbol.dispose]();
    },
  };
});

test("a store in a folder that does not exist is a storage failure with a hint", () => {
  using folder = tempFolder();
  const failure = refusal(() => createSqliteStore({ path: join(folder.path, "no", "such", "file") }));
  expect(failure.code).toBe("storage");
  expect(failure.hint).toContain("folder");
});
