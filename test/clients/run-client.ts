/** Runs a client's script against a devnet of its own, in a home of its own, and gathers what each step said. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { z } from "zod";
import { type PythonEnvironment, pythonWith } from "../provision/python.ts";
import { startDevnet } from "../support/devnet.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { GENESIS, HEAD_START, REVEAL_TEMPO, TEMPO } from "./genesis.ts";

/** More than any of them takes on a busy machine, less than a test's deadline. */
const DEADLINE_MS = 200_000;

const Step = z.object({
  step: z.string(),
  answer: z.record(z.string(), z.unknown()),
  error: z.string().optional(),
});

export interface ClientRun {
  /** What a step said. Fails with what went wrong in it, or with the script's last words when it never came so far. */
  said(step: string): Record<string, unknown>;
}

/** Starts a devnet and runs `test/clients/<script>` on it in one of the Python environments. */
export async function runClient(options: {
  environment: PythonEnvironment;
  script: string;
  blockTime?: string;
  /** Added to the genesis that all share. */
  genesis?: object;
}): Promise<ClientRun> {
  const { path, missing } = await pythonWith(options.environment);
  if (path === undefined) throw new Error(`no Python with ${options.environment}: ${missing}`);
  await using devnet = await startDevnet({
    genesis: { ...GENESIS, ...options.genesis },
    args: ["--block-time", options.blockTime ?? "250ms"],
  });
  await devnet.rpc("devnet_advance", HEAD_START);
  using home = tempFolder();
  mkdirSync(join(home.path, "wallets"));
  const child = Bun.spawn([path, join(import.meta.dir, options.script)], {
    cwd: home.path,
    // Caches, configuration and wallets go there, proxies and tokens of the machine stay here.
    env: { HOME: home.path, PATH: process.env.PATH ?? "", LANG: "C.UTF-8", PYTHONDONTWRITEBYTECODE: "1" },
    stdin: new Blob([JSON.stringify({ url: devnet.url, tempo: TEMPO, revealTempo: REVEAL_TEMPO })]),
    stdout: "pipe",
    stderr: "pipe",
    timeout: DEADLINE_MS,
    killSignal: "SIGKILL",
  });
  const [out, error, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  const steps = new Map(
    out
      .split("\n")
      .filter((line) => line !== "")
      .map((line) => Step.parse(JSON.parse(line)))
      .map((step) => [step.step, step] as const),
  );
  const lastWords = `the script ended with ${exit}: ${error.slice(-3_000)}`;
  return {
    said(name) {
      const step = steps.get(name);
      if (step === undefined) throw new Error(`no step ${name}; ${lastWords}`);
      if (step.error !== undefined) throw new Error(`${name}: ${step.error}`);
      return step.answer;
    },
  };
}
