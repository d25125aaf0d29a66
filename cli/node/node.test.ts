import { expect, test } from "bun:test";
import { MAIN, runVerb, startNode } from "../../test/support/cli.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

test("a request to stop that arrives twice, as from a parent that passes it on, still drains clean", async () => {
  using folder = tempFolder();
  await using node = await startNode(["--role", "scorer"], { cwd: folder.path });
  node.child.kill("SIGINT");
  node.child.kill("SIGTERM");
  expect(await node.child.exited).toBe(0);
});

test("asked to stop while it waits for the registry, a node has nothing to drain and ends well", async () => {
  using folder = tempFolder();
  const options = ["--role", "miner", "--hotkey", "//Bob", "--net", "demo", "--enrol", "http://127.0.0.1:9"];
  const child = Bun.spawn([process.execPath, MAIN, "node", ...options], {
    ...{ cwd: folder.path, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  });
  let said = "";
  for await (const chunk of child.stderr.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.includes("waiting for the registry")) child.kill("SIGTERM");
  }
  expect(await child.exited).toBe(0);
  expect(said).toContain("stopped before it was ready");
});

test.each([
  [["--role", "king"], /--role/],
  [["--role", "scorer", "--name", "my node"], /--name: "my node" is not allowed; small letters and digits/],
  [["--role", "miner", "--enrol", "127.0.0.1:9"], /an address such as https:/],
  [["--role", "miner", "--hotkey", `5${"F".repeat(47)}`], /the address of a key.*the file of the hotkey/],
  [["--role", "scorer", "--config", "."], /is a folder/],
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
