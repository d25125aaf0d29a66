/** Production and simulation differ only in the ports: no other code may reach for time, chance or the outside. */
import { expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dir, "..", "..");

/**
 * Where the outside world may enter: port implementations, entry points, tests, and code that runs in browsers. The
 * virtual clock is a port implementation too, and must now and then let the real event loop turn; the launcher starts
 * and watches real server processes and is never part of a simulation.
 */
const ALLOWED =
  /^(runtime\/(ports|launcher)|cli|test|web|\.ci)\/|^runtime\/simulation\/virtual-clock\.ts$|\.test\.tsx?$|\.fixture\.ts$|\.config\.ts$/;

const FORBIDDEN: readonly { what: string; pattern: RegExp; instead: string }[] = [
  { what: "Date.now", pattern: /\bDate\s*\.\s*now\b/g, instead: "clock.now()" },
  {
    what: "new Date() without a time",
    pattern: /\bnew\s+Date\s*(?:\(\s*\)|(?![\w(]))/g,
    instead: "clock.now()",
  },
  { what: "performance.now", pattern: /\bperformance\s*\.\s*now\b/g, instead: "clock.monotonic()" },
  { what: "process.hrtime", pattern: /\bprocess\s*\.\s*hrtime\b/g, instead: "clock.monotonic()" },
  { what: "Math.random", pattern: /\bMath\s*\.\s*random\b/g, instead: "rng.next()" },
  {
    what: "a host timer",
    pattern: /(?<![.\w])set(?:Timeout|Interval|Immediate)\b/g,
    instead: "clock.after()",
  },
  { what: "Bun.sleep", pattern: /\bBun\s*\.\s*sleep(?:Sync)?\b/g, instead: "clock.sleep()" },
  { what: "AbortSignal.timeout", pattern: /\bAbortSignal\s*\.\s*timeout\b/g, instead: "clock.after()" },
  { what: "process.env", pattern: /\b(?:process|Bun|import\.meta)\s*\.\s*env\b/g, instead: "an option" },
  { what: "crypto.randomUUID", pattern: /\brandomUUID\b/g, instead: "rng.bytes()" },
  { what: "crypto.getRandomValues", pattern: /\bgetRandomValues\b|\brandomBytes\b/g, instead: "rng.bytes()" },
  { what: "global fetch", pattern: /(?<![.\w])fetch\s*\(|\bglobalThis\s*\.\s*fetch\b/g, instead: "a port" },
];

interface Violation {
  line: number;
  text: string;
}

/** Uses of the outside world in code, by line; words in comments are not uses. */
function violations(source: string): Violation[] {
  const code = withoutComments(source);
  const found: Violation[] = [];
  for (const { what, pattern, instead } of FORBIDDEN) {
    for (const match of code.matchAll(pattern)) {
      // A method of that name, in a declaration or an object, is not the global.
      if (/^fetch/.test(match[0]) && isDeclaration(code, match.index)) continue;
      const line = code.slice(0, match.index).split("\n").length;
      found.push({ line, text: `${what}; use ${instead}` });
    }
  }
  return found.sort((a, b) => a.line - b.line);
}

/** Comments become blanks, so that lines keep their numbers; strings are left, whatever looks like a comment in them. */
function withoutComments(source: string): string {
  return source.replace(
    /("(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')|\/\*[\s\S]*?\*\/|(?<![:\\])\/\/[^\n]*/g,
    (match, quoted: string | undefined) => quoted ?? match.replace(/[^\n]/g, " "),
  );
}

function isDeclaration(code: string, at: number): boolean {
  const line = code.slice(code.lastIndexOf("\n", at) + 1);
  return /^\s*(?:async\s+|static\s+|readonly\s+)*(?:\*\s*)?fetch\s*\([^)]*\)\s*(?::[^{;=]+)?[{;]/.test(line);
}

function sources(): string[] {
  const listed = Bun.spawnSync(
    ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.ts", "*.tsx"],
    {
      cwd: ROOT,
    },
  );
  if (listed.exitCode !== 0) throw new Error(listed.stderr.toString());
  return listed.stdout.toString().trim().split("\n");
}

test("nothing but the ports touches time, chance, environment or network", () => {
  const files = sources().filter((path) => !ALLOWED.test(path));
  expect(files.length).toBeGreaterThan(50);
  const found = files.flatMap((path) => {
    let source: string;
    try {
      source = readFileSync(join(ROOT, path), "utf8");
    } catch {
      return [];
    }
    return violations(source).map(({ line, text }) => `${path}:${line} ${text}`);
  });
  expect(found).toEqual([]);
});

test.each([
  ["const t = Date.now();", 1],
  ["const t = new Date();", 1],
  ["const t = new Date(now);", 0],
  ["setTimeout(() => {}, 5);", 1],
  ["// Date.now is forbidden\n/* so is\n Math.random */", 0],
  ["/* one */ Math.random();", 1],
  ["const url = 'http://host'; performance.now();", 1],
  ["await fetch(url);", 1],
  ["await deps.fetch(url);", 0],
  ["const server = {\n  async fetch(request: Request): Promise<Response> {\n", 0],
  ["const home = process.env.HOME;", 1],
  ["clock.setTimeout(5)", 0],
])("the scan itself: %j has %i", (source, count) => {
  expect(violations(source)).toHaveLength(count);
});
