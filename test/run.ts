/**
 * `npm test`: provisions what real components need, checks the code, runs every test, and ends with one line of counts.
 * Without a component its suites are counted as skipped; with CI=true a missing component is a failure.
 * Arguments go to `bun test`: `npm test -- protocol` runs what lies under protocol, without the checks.
 */
import { provisionAll } from "./provision/index.ts";

const CHECKS = ["lint", "types", "layers", "dead"] as const;

interface Counts {
  passed: number;
  failed: number;
  skipped: number;
}

async function main(args: string[]): Promise<number> {
  const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
  const missing = await provisionAll((line) => console.log(`provision: ${line}`));
  if (process.env.CI === "true") counts.failed += missing.length;
  if (args.length === 0) {
    for (const check of CHECKS) {
      const code = await Bun.spawn([process.execPath, "run", check], {
        stdio: ["ignore", "inherit", "inherit"],
      }).exited;
      console.log(`check: ${check} ${code === 0 ? "passed" : "FAILED"}`);
      if (code === 0) counts.passed++;
      else counts.failed++;
    }
  }
  add(counts, await runTests(args));
  console.log(
    `\n${counts.passed} passed, ${counts.failed} failed${counts.skipped > 0 ? `, ${counts.skipped} skipped` : ""}`,
  );
  return counts.failed === 0 && counts.passed > 0 ? 0 : 1;
}

/** Runs `bun test`, shows what it prints, and reads its counts. A run without counts has failed as a whole. */
async function runTests(args: string[]): Promise<Counts> {
  const child = Bun.spawn([process.execPath, "test", ...args], {
    stdin: "ignore",
    stdout: "inherit",
    stderr: "pipe",
  });
  let tail = "";
  const decoder = new TextDecoder();
  for await (const chunk of child.stderr) {
    const text = decoder.decode(chunk, { stream: true });
    process.stderr.write(text);
    tail = (tail + text).slice(-16_384);
  }
  const code = await child.exited;
  const count = (word: string) => Number(new RegExp(`^\\s*(\\d+) ${word}$`, "m").exec(tail)?.[1] ?? 0);
  const counts = { passed: count("pass"), failed: count("fail"), skipped: count("skip") };
  if (code !== 0 && counts.failed === 0) counts.failed = Math.max(1, count("error"), count("errors"));
  return counts;
}

function add(total: Counts, more: Counts): void {
  total.passed += more.passed;
  total.failed += more.failed;
  total.skipped += more.skipped;
}

process.exit(await main(process.argv.slice(2)));
