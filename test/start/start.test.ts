/** The main job, exactly as a newcomer runs it: real submissions in real isolates. */
import { describe, expect, test } from "bun:test";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { openLedger } from "../../ledger/open.ts";
import { OutcomeCounts } from "../../protocol/standing.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { eventsOf } from "../cluster/round.ts";
import { tempFolder } from "../support/temp-folder.ts";

const Result = z.strictObject({
  subnet: z.literal("longcontext"),
  rounds: z.number(),
  seconds: z.number().positive(),
  standings: z.array(
    z.strictObject({
      miner: z.string(),
      accuracy: z.number(),
      reward: z.number(),
      outcomes: OutcomeCounts,
      weight: z.number(),
    }),
  ),
  weights: z.strictObject({ epoch: z.number().nullable(), set: z.boolean(), reason: z.string().optional() }),
  ledger: z.strictObject({ events: z.number(), head: z.string().regex(/^[0-9a-f]{64}$/) }),
});

interface Params {
  codeTasks: number;
  codeTests: number;
  readingTokens: number[];
  answerMs: number;
}
/** Small enough for a busy machine; the rest is as `npm start` has it. */
const QUICK: Params = { codeTasks: 9, codeTests: 1, readingTokens: [16_000, 124_000], answerMs: 8_000 };
/** For what is there whoever wins. */
const QUICKEST: Params = { codeTasks: 2, codeTests: 1, readingTokens: [4_000], answerMs: 3_000 };
const jobsOf = ({ codeTasks, readingTokens }: Params) => codeTasks + readingTokens.length;
const jobsIn = ({ standings }: z.output<typeof Result>) =>
  standings.map(({ outcomes }) => Object.values(outcomes).reduce((sum, count) => sum + count, 0));

const common = (params: Params) => ["--params", JSON.stringify(params), "--http", "127.0.0.1:0"];

async function start(params: Params, args: string[]) {
  const child = Bun.spawn(["npm", "start", "--silent", "--", ...common(params), ...args], {
    stdout: "pipe",
    stderr: "pipe",
  });
  const [code, stdout, stderr] = await Promise.all([
    child.exited,
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code, stdout, stderr };
}

describe("npm start", () => {
  test("one round gives each of the five miners what it deserves, sets weights, and ends with 0", async () => {
    using folder = tempFolder();
    const { code, stdout, stderr } = await start(QUICK, [
      ...["--rounds", "1", "--json", "--data", folder.path],
    ]);
    expect({ code, stderr }).toEqual({ code: 0, stderr: "" });
    const result = Result.parse(JSON.parse(stdout));
    expect(result.rounds).toBe(1);
    const of = (name: string) => {
      const found = result.standings.find(({ miner }) => miner === name);
      if (found === undefined) throw new Error(`${name} is missing`);
      return found;
    };
    expect(result.standings.map(({ miner }) => miner).sort()).toEqual([
      "cheat",
      "crash",
      "good",
      "loop",
      "sloppy",
    ]);
    expect(of("good").outcomes.ok).toBeGreaterThanOrEqual(9);
    expect(of("good").accuracy).toBeGreaterThan(0.8);
    expect(of("sloppy").accuracy).toBeLessThan(0.5);
    expect(of("sloppy").outcomes.wrong).toBeGreaterThan(5);
    // Crashes in the isolate are wrong answers; a miner that throws at a question has refused it.
    expect(of("crash").accuracy).toBe(0);
    expect(of("crash").outcomes.refused).toBe(2);
    expect(of("loop").outcomes).toEqual({ timeout: 11 });
    expect(of("cheat").accuracy).toBeLessThan(0.1);
    expect(of("cheat").outcomes.ok ?? 0).toBe(0);
    expect(jobsIn(result)).toEqual(Array(5).fill(jobsOf(QUICK)));
    expect(result.weights.set).toBe(true);
    expect(of("good").weight).toBeGreaterThan(0.7);
    expect(result.standings.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 4);
  }, 180_000);

  test("stopped in the middle of a round it ends in order, and the next start finishes that round and goes on", async () => {
    using folder = tempFolder();
    const child = Bun.spawn(
      [process.execPath, "cli/main.ts", "start", ...common(QUICKEST), "--json", "--data", folder.path],
      { stdout: "pipe", stderr: "inherit" },
    );
    const path = join(folder.path, "ledger.sqlite");
    while (child.exitCode === null && !existsSync(path)) await Bun.sleep(50);
    const ledger = await openLedger(path, { clock: createSystemClock() });
    await eventsOf(ledger, "job.concluded", 1, 60_000);
    child.kill("SIGTERM");
    const [code, stdout] = await Promise.all([child.exited, new Response(child.stdout).text()]);
    expect(code).toBe(0);
    const stopped = Result.parse(JSON.parse(stdout));
    expect(stopped.weights).toMatchObject({ set: false, reason: "no round was finished" });
    expect(await eventsOf(ledger, "round.closed", 0, 0)).toEqual([]);
    await ledger.close();

    const next = await start(QUICKEST, ["--rounds", "2", "--json", "--data", folder.path]);
    const result = Result.parse(JSON.parse(next.stdout));
    // The same ledger goes on: nothing of the first run is lost, and nothing is judged twice.
    expect(jobsIn(result)).toEqual(Array(5).fill(2 * jobsOf(QUICKEST)));
    expect(result.ledger.events).toBeGreaterThan(stopped.ledger.events);
    expect(result.weights.set).toBe(true);
  }, 180_000);

  test("a bad option gets one line and exit code 2", async () => {
    const { code, stderr } = await start(QUICK, ["--rounds", "none"]);
    expect(code).toBe(2);
    expect(stderr.trim().split("\n")).toHaveLength(1);
    expect(stderr).toContain('--rounds: "none" is not allowed');
  });
});
