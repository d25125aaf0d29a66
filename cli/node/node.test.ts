import { expect, test } from "bun:test";
import { runVerb, startNode } from "../../test/support/cli.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

test("a request to stop that arrives twice, as from a parent that passes it on, still drains clean", async () => {
  using folder = tempFolder();
  await using node = await startNode(["--role", "scorer"], { cwd: folder.path });
  node.child.kill("SIGINT");
  node.child.kill("SIGTERM");
  expect(await node.child.exited).toBe(0);
});

test.each([
  [["--role", "king"], /--role/],
  [[], /--role is missing/],
  [["--role", "scorer", "--subnet", "nowhere"], /nowhere/],
  [["--role", "validator"], /hotkey/],
  [["--role", "scorer", "--slots", "0"], /--slots: 0 is not allowed/],
  [["--role", "scorer", "--http", "here"], /--http\S* "here" is not allowed/],
  [["--role", "scorer", "--config", "nowhere.toml"], /nowhere\.toml/],
])("node %j is refused in one line with exit code 2", async (args, line) => {
  using folder = tempFolder();
  const { code, out, error } = await runVerb(["node", ...args], { cwd: folder.path });
  expect(error).toMatch(line);
  expect(error.trim().split("\n")).toHaveLength(1);
  expect({ code, out }).toEqual({ code: 2, out: "" });
});
