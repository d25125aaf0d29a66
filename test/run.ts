/**
 * `npm test`: provisions what real components need, checks the code, runs every test, and ends with one line of counts.
 * Without a component its suites are counted as skipped; with CI=true a missing component is a failure.
 * Arguments go to `bun test`: `npm test -- protocol` runs what lies under protocol, without the checks.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { type Counts, closingLine, type Report, readReport } from "./junit.ts";
import { provisionAll } from "./provision/index.ts";

const CHECKS = ["lint", "types", "layers", "dead"];
/** For a test that names no deadline of its own; real components on a busy machine take their time. */
const TEST_TIMEOUT_MS = 60_000;
/** One more than there are cores, since real components have one wait; more would have them wait for one another. */
const WORKERS = Math.min(availableParallelism() + 1, 4);
/** How long each file took, so that the long ones begin first; with `--timings=…` and `--update-timings` it is measured anew. */
const TIMINGS = "test/timings.json";
/** More files than these do not fail by chance. */
const MOST_AGAIN = 3;

async function main(args: string[]): Promise<number> {
  const strict = process.env.CI === "true";
  const whole = args.length === 0;
  // Fetching is waiting: the checks are made meanwhile.
  const [missing, checks] = await Promise.all([
    provisionAll((line) => console.log(`provision: ${line}`)),
    whole ? runChecks() : { passed: 0, failed: 0, skipped: 0 },
  ]);
  const tests = whole ? await again(await runTests([`--timings=${TIMINGS}`])) : await runTests(args);

  for (const line of tests.skippedTests) console.log(`skipped: ${line}`);
  for (const line of missing) console.log(`missing${strict ? ", which fails with CI=true" : ""}: ${line}`);
  const counts = {
    passed: checks.passed + tests.passed,
    failed: checks.failed + tests.failed + (strict ? missing.length : 0),
    skipped: tests.skipped,
  };
  if (tests.passed + tests.failed === 0) {
    console.log("no test ran, which is a failure");
    counts.failed++;
  }
  console.log(`\n${closingLine(counts)}`);
  return counts.failed === 0 ? 0 : 1;
}

async function runChecks(): Promise<Counts> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  for (const check of CHECKS) {
    const code = await run(["run", check]);
    console.log(`check: ${check} ${code === 0 ? "passed" : "FAILED"}`);
    counts[code === 0 ? "passed" : "failed"]++;
  }
  return counts;
}

/**
 * A few files that failed beside the others run once more with the machine to themselves: engines, databases and
 * browsers on a busy machine miss deadlines that are a user's. What fails twice has failed; what passed is told.
 */
async function again(report: Report): Promise<Report> {
  const { failed, failedFiles } = report;
  const files = [...new Set(failedFiles)];
  if (files.length === 0 || files.length > MOST_AGAIN) return report;
  console.log(`again, alone: ${files.join(", ")}`);
  const second = await runTests(files, 1);
  // A file that could not be run at all stays a failure.
  const mended = Math.max(0, failedFiles.length - second.failed);
  if (mended > 0) console.log(`${mended} tests failed beside the others and passed alone`);
  return {
    ...report,
    passed: report.passed + mended,
    failed: failed - mended,
    failedFiles: second.failedFiles,
  };
}

/** Each file in a worker of its own kind: one that crashes is a failure of that file, and the others go on. */
async function runTests(args: string[], workers = WORKERS): Promise<Report> {
  const folder = mkdtempSync(join(tmpdir(), "orrery-test-"));
  try {
    const file = join(folder, "report.xml");
    const options = [`--parallel=${workers}`, `--timeout=${TEST_TIMEOUT_MS}`];
    const code = await run(["test", ...options, "--reporter=junit", `--reporter-outfile=${file}`, ...args]);
    const report = Bun.file(file);
    return readReport((await report.exists()) ? await report.text() : undefined, code);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs Bun with our own output, and waits until it has ended, so that what we say later comes last. */
const run = (args: string[]): Promise<number> =>
  Bun.spawn([process.execPath, ...args], { stdio: ["ignore", "inherit", "inherit"] }).exited;

process.exit(await main(process.argv.slice(2)));
