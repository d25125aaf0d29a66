/** The layer rule forbids what it says it forbids: a real run of dependency-cruiser over small trees. */
import { afterAll, expect, test } from "bun:test";
import { cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "orrery-layers-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Verdict {
  summary: { totalCruised: number; violations: { rule: { name: string }; from: string; to: string }[] };
}

/** What `bun run layers` says of a tree with these files, besides one module in every layer that they may import. */
function check(files: Record<string, string>): Verdict["summary"] {
  const tree = mkdtempSync(join(folder, "tree-"));
  const layers = "protocol runtime ledger sandbox models chain subnets actors cli web test".split(" ");
  const whole = {
    ...Object.fromEntries(layers.map((layer) => [`${layer}/thing.ts`, "export const thing = 1;\n"])),
    ...files,
  };
  for (const [path, text] of Object.entries(whole)) {
    mkdirSync(dirname(join(tree, path)), { recursive: true });
    writeFileSync(join(tree, path), text);
  }
  for (const name of [".dependency-cruiser.cjs", "tsconfig.json", "package.json"])
    cpSync(join(ROOT, name), join(tree, name));
  symlinkSync(join(ROOT, "node_modules"), join(tree, "node_modules"));
  const ran = Bun.spawnSync(
    [
      ...[process.execPath, "--bun", "node_modules/dependency-cruiser/bin/dependency-cruiser.mjs"],
      ...["--config", ".dependency-cruiser.cjs", "--output-type", "json", "."],
    ],
    { cwd: tree, stderr: "inherit" },
  );
  return (JSON.parse(ran.stdout.toString()) as Verdict).summary;
}

const broken = (files: Record<string, string>) => check(files).violations.map(({ rule }) => rule.name);
const imports = (from: string) => `export * from ${JSON.stringify(from)};\n`;

test("a tree that keeps the rule passes, and every module of it is looked at", () => {
  const { violations, totalCruised } = check({
    "runtime/uses.ts": imports("../protocol/thing.ts") + imports("zod"),
    "actors/uses.ts": imports("../ledger/thing.ts") + imports("../runtime/thing.ts"),
    "subnets/uses.ts": imports("../protocol/thing.ts"),
    "web/uses.tsx": imports("../protocol/thing.ts"),
    "cli/uses.ts":
      imports("../actors/thing.ts") + imports("../subnets/thing.ts") + imports("../web/thing.ts"),
    "ledger/thing.test.ts": imports("../actors/thing.ts") + imports("fast-check"),
  });
  expect(violations).toEqual([]);
  expect(totalCruised).toBeGreaterThanOrEqual(17);
});

test.each([
  ["protocol/uses.ts", "../runtime/thing.ts", "protocol-imports-only-what-lies-below"],
  ["runtime/uses.ts", "../ledger/thing.ts", "runtime-imports-only-what-lies-below"],
  ["ledger/uses.ts", "../sandbox/thing.ts", "ledger-imports-only-what-lies-below"],
  ["subnets/uses.ts", "../runtime/thing.ts", "subnets-imports-only-what-lies-below"],
  ["actors/uses.ts", "../subnets/thing.ts", "actors-imports-only-what-lies-below"],
  ["web/uses.tsx", "../runtime/thing.ts", "web-imports-only-what-lies-below"],
  ["runtime/uses.ts", "../test/thing.ts", "only-tests-import-tests"],
  ["runtime/uses.ts", "fast-check", "no-undeclared-dependency"],
  ["runtime/uses.ts", "./nowhere.ts", "nothing-missing"],
])("%s must not import %s", (from, to, rule) => {
  expect(broken({ [from]: imports(to) })).toEqual([rule]);
});

test("an import of types alone is an import", () => {
  const files = {
    "protocol/uses.ts": 'import type { thing } from "../runtime/thing.ts";\nexport type A = typeof thing;\n',
  };
  expect(broken(files)).toEqual(["protocol-imports-only-what-lies-below"]);
});

test("imports must not go round", () => {
  const files = { "runtime/a.ts": imports("./b.ts"), "runtime/b.ts": imports("./a.ts") };
  expect([...new Set(broken(files))]).toEqual(["no-circular"]);
});
