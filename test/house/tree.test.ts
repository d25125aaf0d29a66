/** What every committed file must keep to, whoever wrote it. */
import { expect, test } from "bun:test";
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import packageJson from "../../package.json" with { type: "json" };

const ROOT = join(import.meta.dir, "..", "..");
const MAX_LINES = 500;
const ours = (path: string) => !/^(node_modules|\.orrery|dist|coverage|\.git)\//.test(path);
const files = [...new Bun.Glob("**/*").scanSync({ cwd: ROOT, dot: true })].filter(ours).sort();
const text = (path: string) => readFileSync(join(ROOT, path), "utf8");
const code = files.filter((path) => /\.(tsx?|mjs|cjs|py)$/.test(path));
const pages = files.filter((path) => path.endsWith(".md"));
/** Files of others, kept as they were published. */
const vendored = /^subnets\/longbench\/(jieba\/|LICENSE)|\/rows\/|\.jsonl$/;

/** `path:line` of each match. */
function places(paths: string[], pattern: RegExp): string[] {
  return paths.flatMap((path) =>
    text(path)
      .split("\n")
      .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1}`] : [])),
  );
}

test("the scan sees the tree", () => {
  expect(files).toContain("cli/main.ts");
  expect(files).toContain(".ci/run");
});

test(`no file of code has more than ${MAX_LINES} lines`, () => {
  expect(code.filter((path) => text(path).split("\n").length > MAX_LINES)).toEqual([]);
});

test("nothing is left to be done later", () => {
  const words = new RegExp(`\\b(${["TO" + "DO", "FIX" + "ME", "X" + "XX", "HA" + "CK"].join("|")})\\b`);
  expect(places([...code, ...pages], words)).toEqual([]);
});

test("no committed file names a machine's folders or a registry's host", () => {
  const machine = /\/(?:home|Users)\/[a-z]\w*\/|\/root\/|\/work\/(?:main|shared)\b/;
  const host =
    /https?:\/\/(?:[\w.-]*\.)?(?:registry\.npmjs\.org|registry\.yarnpkg\.com|pypi\.org|pythonhosted\.org|npmmirror\.com)/;
  const own = files.filter(
    (path) =>
      !vendored.test(path) && /\.(tsx?|mjs|cjs|py|json|toml|md|sh|lock)$|^\.(npmrc|ci\/run)$/.test(path),
  );
  const self = "test/house/tree.test.ts";
  expect(
    places(
      own.filter((path) => path !== self),
      machine,
    ),
  ).toEqual([]);
  expect(
    places(
      own.filter((path) => path !== self),
      host,
    ),
  ).toEqual([]);
});

test("every link of a page to a file leads somewhere", () => {
  const dead = pages.flatMap((page) =>
    [...text(page).matchAll(/\]\(([^)\s]+)\)/g)].flatMap(([, target = ""]) => {
      if (/^(https?:|mailto:|#)/.test(target)) return [];
      const file = normalize(join(dirname(page), target.replace(/#.*$/, "")));
      return existsSync(join(ROOT, file)) ? [] : [`${page}: ${target}`];
    }),
  );
  expect(dead).toEqual([]);
});

const dependencies = { ...packageJson.dependencies, ...packageJson.devDependencies };

test("every dependency is pinned exactly", () => {
  const exact = /^(npm:@?[\w./-]+@)?\d+\.\d+\.\d+(-[\w.]+)?$/;
  expect(Object.entries(dependencies).filter(([, version]) => !exact.test(version))).toEqual([]);
});

test("every dependency is explained in docs/dependencies.md, and nothing else is", () => {
  const packages = text("docs/dependencies.md").replace(/^## Data of others[\s\S]*/m, "");
  const explained = [...packages.matchAll(/^\| `([^`]+)` +\|/gm)].map(([, name]) => name ?? "");
  expect(explained.sort()).toEqual(Object.keys(dependencies).sort());
});

test("the lock file names hashes, and no place of download", () => {
  const lock = JSON.parse(text("package-lock.json")) as {
    packages: Record<string, { resolved?: string; integrity?: string; link?: boolean }>;
  };
  const entries = Object.entries(lock.packages).filter(([path]) => path !== "");
  expect(entries.length).toBeGreaterThan(100);
  expect(entries.filter(([, { resolved }]) => resolved !== undefined)).toEqual([]);
  expect(entries.filter(([, { integrity }]) => integrity === undefined).map(([path]) => path)).toEqual([]);
});
