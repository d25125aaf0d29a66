import { expect, test } from "bun:test";
import { mkdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../test/support/temp-folder.ts";
import { devices, systemLibraries } from "./view.ts";

test("shows libraries where they are: links stay links, folders are read-only, what is not there is left out", () => {
  using folder = tempFolder();
  mkdirSync(join(folder.path, "usr/lib"), { recursive: true });
  symlinkSync("usr/lib", join(folder.path, "lib"));
  const [lib, usr] = [join(folder.path, "lib"), join(folder.path, "usr/lib")];
  expect(systemLibraries(folder.path)).toEqual(["--ro-bind", usr, usr, "--symlink", "usr/lib", lib]);
});

test("shows no device that leads anywhere", () => {
  const shown = devices().filter((word) => word.startsWith("/"));
  expect([...new Set(shown)].sort()).toEqual(["/dev/null", "/dev/random", "/dev/urandom", "/dev/zero"]);
});
