import { expect, test } from "bun:test";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { castOf } from "./cast.ts";

test("without other miners the five of the demo play, in the subnet that they know", async () => {
  const cast = await castOf("longcontext", undefined);
  expect(cast.map(({ name }) => name)).toEqual(["good", "sloppy", "crash", "loop", "cheat"]);
  expect(castOf("receipts", undefined)).rejects.toMatchObject({
    code: "config",
    hint: expect.stringContaining("--miners"),
  });
});

test("miners of one's own have a program, answers or both, and are named after their first file", async () => {
  using folder = tempFolder();
  const at = (name: string) => join(folder.path, name);
  await Bun.write(at("Total Sum.py"), "def total(x): return 1");
  await Bun.write(
    at("dearest.ts"),
    "export async function* answer() { yield 'a'; }\nexport const other = answer;",
  );
  const both = `${at("Total Sum.py")}+${at("dearest.ts")}`;
  const cast = await castOf("receipts", [both, at("Total Sum.py"), `${at("dearest.ts")}#other`]);
  expect(cast.map(({ name, behaviour }) => [name, Object.keys(behaviour).sort()])).toEqual([
    ["total-sum", ["answer", "program"]],
    ["total-sum-2", ["program"]],
    ["dearest", ["answer"]],
  ]);
  expect(await cast[0]?.behaviour.program?.("total")).toMatchObject({
    runtime: "python",
    entry: "Total Sum.py",
  });
});

test.each(["nofile.py", "README.md", "nofile.ts#good"])("%s is refused by its name", async (file) => {
  expect(castOf("receipts", [join(tmpdir(), file)])).rejects.toMatchObject({
    ...{ code: "config", message: expect.stringContaining("--miners") },
  });
});
