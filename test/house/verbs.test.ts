/** Every verb that the overview and the README name can be run by its name, and tells how to use it. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dir, "..", "..");
const scripts: Record<string, string> = packageJson.scripts;

function cli(...args: string[]) {
  const ran = Bun.spawnSync([process.execPath, "cli/main.ts", ...args], { cwd: ROOT, stdin: "ignore" });
  return { code: ran.exitCode, out: ran.stdout.toString(), error: ran.stderr.toString() };
}

const overview = cli("--help");
const verbs = [...overview.out.matchAll(/^ {2}([a-z-]+) {2,}\S/gm)].map(([, name = ""]) => name);

test("the overview lists the verbs", () => {
  expect(overview.code).toBe(0);
  expect(verbs.length).toBeGreaterThan(5);
});

describe.each(verbs)("%s", (verb) => {
  test("is a script of package.json", () => {
    expect(scripts[verb]).toEndWith(`cli/main.ts ${verb}`);
  });

  test("explains itself with --help", () => {
    const { code, out, error } = cli(verb, "--help");
    expect(error).toBe("");
    expect(out).toContain("Usage:");
    expect(code).toBe(0);
  });

  test("refuses an option that it does not have in one line, with exit code 2", () => {
    const { code, error } = cli(verb, "--no-such-option-at-all");
    expect(error).toMatch(/^orrery [a-z-]+: [^\n]*no-such-option-at-all[^\n]*\n$/);
    expect(code).toBe(2);
  });
});

test("an unknown verb is refused with the list of those there are", () => {
  const { code, error } = cli("no-such-verb");
  expect(code).toBe(2);
  for (const verb of verbs) expect(error).toContain(verb);
});

test("every verb of the README exists", () => {
  const named = [...readFileSync(join(ROOT, "README.md"), "utf8").matchAll(/bun run ([a-z-]+)/g)];
  expect(named.length).toBeGreaterThan(5);
  expect(named.map(([, verb = ""]) => verb).filter((verb) => scripts[verb] === undefined)).toEqual([]);
});
