import { expect, test } from "bun:test";
import { statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createAccount } from "@nats-io/nkeys";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { keptNkey } from "./kept-nkey.ts";

test("a restart finds the nkey of the start before, which only its owner can read", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "miner.nkey");
  const first = await keptNkey(path);
  const second = await keptNkey(path);
  expect(second.getPublicKey()).toBe(first.getPublicKey());
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test("a file that is no user nkey is refused without a word of what it holds", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "miner.nkey");
  const seed = createAccount().getSeed();
  writeFileSync(path, seed);
  const failure = await rejection(keptNkey(path));
  expect(failure.code).toBe("config");
  expect(failure.toLine()).toContain("holds no user nkey");
  expect(failure.toLine()).not.toContain(new TextDecoder().decode(seed));
});
