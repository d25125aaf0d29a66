import { expect, test } from "bun:test";
import { appendFile, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run, staleDocs } from "./docs.ts";

test("the committed protocol reference is current (else run: bun run docs)", async () => {
  const stale = await staleDocs(join(import.meta.dirname, "..", "docs", "protocol"));
  expect(stale.map(({ path }) => path)).toEqual([]);
});

test("writes every page, finds what was changed by hand, and repairs it", async () => {
  const out = await mkdtemp(join(tmpdir(), "orrery-docs-"));
  try {
    expect(await run(["--out", out, "--check"])).toBe(1);
    expect(await run(["--out", out])).toBe(0);
    expect(await run(["--out", out, "--check"])).toBe(0);
    await appendFile(join(out, "README.md"), "more");
    await writeFile(join(out, "schemas", "gone.json"), "{}");
    expect((await staleDocs(out)).map(({ path }) => path)).toEqual(["schemas/gone.json", "README.md"]);
    expect(await run(["--out", out])).toBe(0);
    expect(await staleDocs(out)).toEqual([]);
  } finally {
    await rm(out, { recursive: true });
  }
});

test("refuses an unknown option with a config failure", async () => {
  expect(run(["--nonsense"])).rejects.toMatchObject({ code: "config" });
});
