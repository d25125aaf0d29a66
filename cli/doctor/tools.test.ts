import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { NodeConfig } from "../node/config.ts";
import { examine } from "./doctor.ts";
import { tools } from "./tools.ts";

const clock = createSystemClock();

async function look(file?: object) {
  using folder = tempFolder();
  const path = join(folder.path, "tools.json");
  if (file !== undefined) writeFileSync(path, JSON.stringify(file));
  const config = NodeConfig.parse({ role: ["sandbox"], ...(file === undefined ? {} : { tools: path }) });
  const patient = { config, roles: ["sandbox"] as const, clock, rng: createSystemRng() };
  return await examine([tools], { ...patient, spawn: createBunSpawn({ clock }) });
}

test("tools: says what programs would find, and whether its servers answer and take their keys", async () => {
  using server = Bun.serve({
    port: 0,
    fetch: ({ headers }) =>
      new Response("", { status: headers.get("authorization") === "Bearer k" ? 200 : 401 }),
  });
  const url = `http://127.0.0.1:${server.port}/v1`;
  const models = { "openai/gpt-oss-20b": "m" };
  process.env.ORRERY_TEST_TOOLS_KEY = "k";
  const found = await look({
    pages: true,
    llm: [
      { name: "good", url, keyEnv: "ORRERY_TEST_TOOLS_KEY", models },
      { name: "keyless", url, models },
      { name: "gone", url: "http://127.0.0.1:1/v1", models },
    ],
  });
  delete process.env.ORRERY_TEST_TOOLS_KEY;
  expect(found.map(({ name, state }) => [name, state])).toEqual([
    ["tools", "ok"],
    ["tools: good", "ok"],
    ["tools: keyless", "fail"],
    ["tools: gone", "fail"],
  ]);
  expect(found[0]?.detail).toBe(
    "offers test_tool, tooling_info, llm_chat, fetch_page; models openai/gpt-oss-20b; prices caster-2026-01",
  );
});

test("tools: a file that is wrong is a failure that says where, and none is no failure", async () => {
  expect(await look({ llm: [{ name: "x" }] })).toMatchObject([
    { state: "fail", detail: expect.stringContaining("llm.0.url") },
  ]);
  expect(await look()).toMatchObject([{ state: "skipped" }]);
});
