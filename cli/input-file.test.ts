import { expect, test } from "bun:test";
import { join } from "node:path";
import { tempFolder } from "../test/support/temp-folder.ts";
import { readInput, readTextInput } from "./input-file.ts";

const tooLong = "Give less.";

test("a file of just as many bytes as are allowed is read, one more is refused", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "input");
  await Bun.write(path, "x".repeat(1_000_000));
  expect(await readInput({ path, most: 1_000_000, tooLong })).toHaveLength(1_000_000);
  await expect(readInput({ path, most: 999_999, tooLong })).rejects.toMatchObject({
    code: "config",
    hint: tooLong,
  });
});

test("what never ends is refused", async () => {
  await expect(readInput({ path: "/dev/zero", most: 2 ** 20, tooLong })).rejects.toMatchObject({
    message: "/dev/zero is larger than 1 MiB",
  });
});

test("text keeps a byte order mark, and bytes that are no text are refused", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "input");
  await Bun.write(path, "\ufeffé");
  expect(await readTextInput({ path, most: 100, tooLong })).toBe("\ufeffé");
  await Bun.write(path, new Uint8Array([0xff]));
  await expect(readTextInput({ path, most: 100, tooLong })).rejects.toMatchObject({ code: "config" });
});
