/** What `npm test` makes of a run of `bun test`, on real runs of small files. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { closingLine, readReport } from "../junit.ts";

const folder = mkdtempSync(join(tmpdir(), "orrery-junit-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function reportOf(files: Record<string, string>) {
  const work = mkdtempSync(join(folder, "run-"));
  for (const [name, body] of Object.entries(files))
    writeFileSync(join(work, `${name}.test.ts`), `import { expect, test } from "bun:test";\n${body}`);
  const out = join(work, "report.xml");
  const child = Bun.spawn(
    [process.execPath, "test", "--parallel=2", "--reporter=junit", `--reporter-outfile=${out}`],
    { cwd: work, stdio: ["ignore", "ignore", "ignore"] },
  );
  const code = await child.exited;
  const file = Bun.file(out);
  return readReport((await file.exists()) ? await file.text() : undefined, code);
}

const good = 'test("works", () => {});';

describe("the counts of a run", () => {
  test("are those of its tests, and skipped ones are named", async () => {
    const report = await reportOf({ good, skips: 'test.skip("has a > in <its> name", () => {});' });
    expect(report).toEqual({
      passed: 1,
      failed: 0,
      skipped: 1,
      skippedTests: ["skips.test.ts: has a > in <its> name"],
      failedFiles: [],
    });
  });

  test("have a failure for a test that fails", async () => {
    const report = await reportOf({ good, bad: 'test("breaks", () => { expect(1).toBe(2); });' });
    expect(report).toMatchObject({ passed: 1, failed: 1, skipped: 0, failedFiles: ["bad.test.ts"] });
  });

  test("have a failure for a file that cannot be loaded", async () => {
    expect(await reportOf({ good, bad: 'throw new Error("no");' })).toMatchObject({ passed: 1, failed: 1 });
  });

  test("have a failure for a file whose process is killed, and the others still count", async () => {
    const report = await reportOf({ good, bad: 'test("dies", () => process.kill(process.pid, "SIGKILL"));' });
    expect(report).toMatchObject({ passed: 1, failed: 1 });
  });

  test("have a failure for a file that ends its process as if all were well", async () => {
    const report = await reportOf({ good, bad: 'test("leaves", () => process.exit(0));' });
    expect(report).toMatchObject({ passed: 1, failed: 1 });
  });

  test("have a failure for a run that finds no test", async () => {
    expect(await reportOf({})).toMatchObject({ passed: 0, failed: 1 });
  });
});

test("the closing line names skipped tests only when there are any", () => {
  expect(closingLine({ passed: 3, failed: 0, skipped: 0 })).toBe("3 passed, 0 failed");
  expect(closingLine({ passed: 3, failed: 1, skipped: 2 })).toBe("3 passed, 1 failed, 2 skipped");
});
