/** What ONNX Runtime leaves behind when it may tell its maker what runs here: a log, and a number for the machine. */
import { expect, test } from "bun:test";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../../test/support/temp-folder.ts";

const session = (name: string) => JSON.stringify(join(import.meta.dir, name));
const graph = `{ graph: "none.onnx", threads: 1, spin: false, device: "cpu" }`;
const WAYS = {
  "the C API": `const { openCSession } = await import(${session("c-api/session.ts")});
    const { ortLibrary } = await import(${session("library.ts")});
    openCSession({ ...${graph}, library: ortLibrary() });`,
  "the N-API": `const { openNSession } = await import(${session("n-api/session.ts")});
    await openNSession(${graph});`,
};

/** Files that a process leaves in its home and among temporary files. */
async function leftBy(script: string): Promise<string[]> {
  using folder = tempFolder();
  const { path } = folder;
  const command = [process.execPath, "-e", `try { ${script} } catch (e) { console.log(e.message); }`];
  // CI would silence it, and Bun keeps its own cache among temporary files.
  const env = { HOME: path, TMPDIR: path, BUN_RUNTIME_TRANSPILER_CACHE_PATH: "0" };
  const child = Bun.spawn(command, { cwd: import.meta.dir, env, stderr: "inherit" });
  expect(await new Response(child.stdout).text()).toContain("ONNX Runtime");
  await child.exited;
  return readdirSync(path, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map(({ name }) => name.replace(/\d+/, "N"));
}

for (const [way, script] of Object.entries(WAYS)) {
  test(`tells nobody anything when it is loaded by ${way}`, async () => {
    expect(await leftBy(script)).toEqual([]);
  });
}
