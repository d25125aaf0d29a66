import { expect, setDefaultTimeout, test } from "bun:test";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../test/support/temp-folder.ts";
import { startJanitor } from "./janitor.ts";

setDefaultTimeout(20_000);

test("removes folders when it is stopped, with all that is in them and nothing else", async () => {
  using folder = tempFolder();
  const [one, two, kept] = ["one", "with space", "kept"].map((name) => join(folder.path, name)) as [
    string,
    string,
    string,
  ];
  for (const each of [one, two, kept]) mkdirSync(join(each, "deep"), { recursive: true });
  writeFileSync(join(two, "deep", "file"), "");
  await startJanitor({ folders: [one, two] }).stop();
  expect([one, two, kept].map((each) => existsSync(each))).toEqual([false, false, true]);
});

test("removes them when whoever started it is killed", async () => {
  using folder = tempFolder();
  const target = join(folder.path, "target");
  mkdirSync(target);
  const script = join(folder.path, "node.ts");
  writeFileSync(
    script,
    `import { startJanitor } from ${JSON.stringify(join(import.meta.dir, "janitor.ts"))};
    startJanitor({ folders: [${JSON.stringify(target)}] });
    process.kill(process.pid, "SIGKILL");`,
  );
  await Bun.spawn([process.execPath, script], { stdio: ["ignore", "ignore", "inherit"] }).exited;
  while (existsSync(target)) await Bun.sleep(5);
});
