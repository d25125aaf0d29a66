/** What docs/devnet.md tells newcomers to type is typed here: the genesis, the five minutes in Python, the test, the options. */
import { expect, test } from "bun:test";
import { mkdirSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import { METHODS } from "../../chain/devnet/rpc/methods/index.ts";
import { pythonWith } from "../provision/python.ts";
import { runVerb } from "../support/cli.ts";
import { startDevnet } from "../support/devnet.ts";
import { lacksPython } from "../support/python.ts";
import { tempFolder } from "../support/temp-folder.ts";

const SLOW_MS = 120_000;
const ROOT = resolve(import.meta.dir, "../..");
const page = await Bun.file(join(ROOT, "docs/devnet.md")).text();
const block = (language: string): string =>
  new RegExp(`^\`\`\`${language}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1] ?? "";
const missing = await lacksPython("classic");

test.skipIf(missing !== undefined)(
  "the five minutes in Python do what they say",
  async () => {
    const { path = "" } = await pythonWith("classic");
    await using devnet = await startDevnet({ genesis: JSON.parse(block("json")) });
    // A newcomer types longer than the six blocks before which bittensor's own gate lets no weights pass.
    await devnet.rpc("devnet_advance", 10);
    using home = tempFolder();
    const script = block("python").replace("ws://127.0.0.1:9944", devnet.url);
    expect(script).toContain(devnet.url);
    const child = Bun.spawn([path, "-c", script], {
      ...{ cwd: home.path, env: { HOME: home.path, PATH: process.env.PATH ?? "" } },
      ...{ stdin: "ignore", stdout: "pipe", stderr: "pipe" },
    });
    const [out, error] = await Promise.all([
      new Response(child.stdout).text(),
      new Response(child.stderr).text(),
    ]);
    expect({ code: await child.exited, error }).toMatchObject({ code: 0 });
    expect(out).toContain("True");
    expect(out).toContain("{0: [(1, 21845), (2, 65535)]}");
    const [, first, second] = /\[0\.\s+(0\.\d+)\s+(0\.\d+)\s*\]/.exec(out) ?? [];
    expect([Number(first), Number(second)]).toEqual([expect.closeTo(0.25, 2), expect.closeTo(0.75, 2)]);
  },
  SLOW_MS,
);

test(
  "the test in it passes",
  async () => {
    // One folder below the root, as the page has it.
    const folder = join(ROOT, `.orrery/docs-devnet-${process.pid}`);
    mkdirSync(folder, { recursive: true });
    try {
      const file = join(folder, "page.test.ts");
      await Bun.write(file, block("ts").replaceAll('from "../', 'from "../../'));
      const ran = Bun.spawnSync([process.execPath, "test", file], { cwd: folder });
      expect(ran.stderr.toString()).toContain("1 pass");
    } finally {
      rmSync(folder, { recursive: true });
    }
  },
  SLOW_MS,
);

test("its tables name every option and every method of the devnet's own", async () => {
  const { out } = await runVerb(["devnet", "--help"], { cwd: ROOT });
  const options = [...out.matchAll(/--([a-z-]+)/g)].map(([name]) => name);
  expect(options.length).toBeGreaterThan(5);
  for (const option of options) if (option !== "--help") expect(page).toContain(option);
  for (const method of Object.keys(METHODS)) {
    if (method.startsWith("devnet_")) expect(page).toContain(`\`${method}(`);
  }
});
