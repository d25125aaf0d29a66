/** The one file that Node runs finds a Bun, or says in one line what to do. On small stand-ins for node_modules. */
import { afterAll, describe, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "orrery-install-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What npm leaves where the binary belongs when it runs no install scripts. */
const STUB = '#!/bin/sh\necho "Error: Bun\'s postinstall script was not run." >&2\nexit 1\n';
/** Stands for the real binary: tells what it was called with. */
const BINARY = '#!/bin/sh\n[ "$1" = --version ] && exit 0\necho "ran $*"\nexit 7\n';
const WRONG_PROCESSOR = "#!/bin/sh\nkill -ILL $$\n";

function installed(files: Record<string, string>) {
  const work = mkdtempSync(join(folder, "machine-"));
  mkdirSync(join(work, "cli"));
  cpSync(join(ROOT, "cli", "bun.mjs"), join(work, "cli", "bun.mjs"));
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(work, "node_modules", path)), { recursive: true });
    writeFileSync(join(work, "node_modules", path), text, { mode: 0o755 });
  }
  return {
    work,
    run(...args: string[]) {
      const ran = Bun.spawnSync(["node", "cli/bun.mjs", ...args], { cwd: work, stdin: "ignore" });
      return { code: ran.exitCode, out: ran.stdout.toString(), error: ran.stderr.toString() };
    },
  };
}

const withoutScripts = { "bun/package.json": '{"name":"bun"}', "bun/bin/bun.exe": STUB };

describe("where npm skipped the install scripts", () => {
  test("the binary that npm fetched is run, and its exit code is ours", () => {
    const machine = installed({ ...withoutScripts, "@oven/bun-here/bin/bun": BINARY });
    expect(machine.run("cli/main.ts", "start")).toEqual({
      code: 7,
      out: "ran cli/main.ts start\n",
      error: "",
    });
  });

  test("the binary is put where npx looks for it", () => {
    const machine = installed({ ...withoutScripts, "@oven/bun-here/bin/bun": BINARY });
    expect(machine.run("--link")).toEqual({ code: 0, out: "", error: "" });
    for (const name of ["bun.exe", "bunx.exe"])
      expect(readFileSync(join(machine.work, "node_modules/bun/bin", name), "utf8")).toBe(BINARY);
  });

  test("of two binaries the one that this processor runs is taken", () => {
    const machine = installed({
      ...withoutScripts,
      "@oven/bun-here/bin/bun": WRONG_PROCESSOR,
      "@oven/bun-here-baseline/bin/bun": BINARY,
    });
    expect(machine.run("x").out).toBe("ran x\n");
  });
});

describe("where no Bun can run, one line says what to do", () => {
  const oneLine = /^orrery: [^\n]+npm install[^\n]*\n$/;

  test.each([
    ["nothing is installed", {}],
    ["npm left out optional packages", withoutScripts],
    [
      "the binary is for another processor",
      { ...withoutScripts, "@oven/bun-there/bin/bun": WRONG_PROCESSOR },
    ],
  ])("%s", (_, files: Record<string, string>) => {
    const { code, out, error } = installed(files).run("cli/main.ts", "start");
    expect(error).toMatch(oneLine);
    expect({ code, out }).toEqual({ code: 1, out: "" });
  });

  test("but npm install itself goes through with a warning", () => {
    const { code, error } = installed(withoutScripts).run("--link");
    expect(error).toMatch(oneLine);
    expect(code).toBe(0);
  });
});
