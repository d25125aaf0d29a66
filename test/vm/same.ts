/**
 * `bun test/vm/same.ts [--arch arm64]`: whether Wasmtime's isolates give the same answers, for the same fuel, from a stored
 * interpreter with the same digest, on another processor. Some programs run here, then there, line by line compared.
 */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { z } from "zod";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { downloadWithPip } from "../../runtime/wheels/from-pip.ts";
import { WASMTIME_VERSION } from "../../sandbox/wasmtime/engine.ts";
import { ENGINE_PINS } from "../../sandbox/wasmtime/engine-pins.ts";
import { closingLine } from "../junit.ts";
import { must } from "./command.ts";
import { runJob } from "./job.ts";

const Options = z.object({
  arch: z.enum(["x64", "arm64"]).default(process.arch === "arm64" ? "x64" : "arm64"),
  /** Every how many-th program of the attack corpus. */
  each: z.coerce.number().int().positive().default(10),
  commit: z.string().optional(),
  minutes: z.coerce.number().positive().max(600).default(120),
});

async function main(): Promise<number> {
  const one = { type: "string" } as const;
  const { values } = parseArgs({ options: { arch: one, each: one, commit: one, minutes: one } });
  const { arch, each, commit, minutes } = Options.parse(values);
  const ours = (await must([process.execPath, join(import.meta.dir, "answers.ts"), "--each", String(each)]))
    .split("\n")
    .filter(isAnswer);
  console.log(`here: ${ours.length} programs`);
  const folder = mkdtempSync(join(tmpdir(), "orrery-wheel-"));
  try {
    const pin = ENGINE_PINS[`linux-${arch}`]!;
    const wheel = join(folder, pin.wheel);
    const spawn = createBunSpawn({ clock: createSystemClock() });
    await Bun.write(
      wheel,
      await downloadWithPip({ ...pin, project: "wasmtime", version: WASMTIME_VERSION }, { spawn }),
    );
    const theirs: string[] = [];
    let passed = 0;
    const engine = `/vm/given/${pin.wheel}`;
    const code = await runJob({
      ...{ arch, commit, minutes, cgroup: "2", as: "root", given: [wheel] },
      commands: [
        `bun cli/main.ts isolate setup --engine ${engine}`,
        `bun test/vm/answers.ts --each ${each} --engine ${engine}`,
      ],
      onLine(line) {
        if (!isAnswer(line)) return console.log(line);
        const same = line === ours[theirs.length];
        const [name] = JSON.parse(line.slice(line.indexOf("["))) as [string];
        console.log(`${same ? "(same)" : "(DIFFERENT)"} ${name}`);
        if (same) passed++;
        else console.log(`  here:  ${ours[theirs.length]}\n  there: ${line}`);
        theirs.push(line);
      },
    });
    const failed = Math.max(ours.length, theirs.length) - passed;
    console.log(closingLine({ passed, failed, skipped: 0 }));
    return code === 0 && failed === 0 ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const isAnswer = (line: string): boolean => line.startsWith("answer ");

process.exitCode = await main().catch((error: Error) => {
  console.error(`vm: ${error.message}`);
  return 1;
});
