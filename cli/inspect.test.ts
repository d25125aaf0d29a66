import { expect, test } from "bun:test";
import { runVerb, startNode } from "../test/support/cli.ts";
import { tempFolder } from "../test/support/temp-folder.ts";

test("shows what a running node does, as a table and as one object", async () => {
  using folder = tempFolder();
  await using node = await startNode(["--role", "scorer", "--name", "judge"], { cwd: folder.path });
  const cwd = folder.path;
  const people = await runVerb(["inspect", "--url", node.url], { cwd });
  expect(people).toMatchObject({ code: 0, error: "" });
  expect(people.out).toMatch(/^judge {2}ready {2}roles scorer\n/);
  expect(people.out).toMatch(/\/loops\/presence +running +0\/0/);
  const machine = await runVerb(["inspect", "--url", node.url, "--json"], { cwd });
  expect(machine).toMatchObject({ code: 0, error: "" });
  expect(JSON.parse(machine.out)).toMatchObject({ name: "judge", state: "ready", roles: ["scorer"] });
});

test("an address where nothing listens gets one line that says how to get one", async () => {
  using folder = tempFolder();
  const { code, out, error } = await runVerb(["inspect", "--url", "http://127.0.0.1:1"], {
    cwd: folder.path,
  });
  expect({ code, out }).toEqual({ code: 1, out: "" });
  expect(error).toMatch(/^orrery inspect: no node answers at http:\/\/127.0.0.1:1[^\n]*--http[^\n]*\n$/);
});

test.each([
  ["a page of another kind", () => new Response("<html>")],
  ["JSON of another kind", () => Response.json({ name: 1 })],
  ["an error", () => new Response("no", { status: 500 })],
])("%s is no node, in one line", async (_, fetch) => {
  using folder = tempFolder();
  await using server = Bun.serve({ port: 0, hostname: "127.0.0.1", fetch });
  const { code, error } = await runVerb(["inspect", "--url", server.url.href], { cwd: folder.path });
  expect(code).toBe(1);
  expect(error).toMatch(/^orrery inspect: what answers at [^\n]* is not an Orrery node[^\n]*\n$/);
});

test("what a stranger's server says cannot move the cursor", async () => {
  using folder = tempFolder();
  const actor = { path: "/\u001b[2J", state: "x", mailbox: 0, capacity: 0, processed: 0, restarts: 0 };
  await using server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    fetch: () => Response.json({ name: "a\u001b]0;title\u0007", roles: [], state: "ready", actors: [actor] }),
  });
  const { code, out } = await runVerb(["inspect", "--url", server.url.href], { cwd: folder.path });
  expect(code).toBe(0);
  expect(out).not.toContain("\u001b]");
  expect(out).not.toContain("\u001b[2J");
});
