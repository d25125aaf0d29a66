/**
 * The real Python packages of others, for tests that our files, signatures and protocols are theirs. Each release line has
 * a virtual environment of its own in `.orrery/tools`, because they exclude each other.
 */
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Provisioned } from "./nats.ts";

const TOOLS = resolve(import.meta.dir, "../../.orrery/tools");

/** What is installed where; a change here makes a new environment. */
const ENVIRONMENTS = {
  /** The last line with axon and dendrite, and the wallet that most machines have. */
  classic: ["bittensor==10.5.0", "bittensor-wallet==4.1.1", "async-substrate-interface==2.2.1"],
  /** The current one: `bittensor.http_auth` and its own wallet. */
  current: ["bittensor==11.3.0"],
  /** `btcli`, which excludes the wallet of `classic`. */
  cli: ["bittensor-cli==9.23.2"],
  /** The second independent client of the chain; it holds back `current`'s websockets. */
  turbobt: ["turbobt==1.3.2"],
  /** llama.cpp with its OpenAI-compatible server, built and packed by others: building it here takes ten minutes. */
  llama: ["xllamacpp==2026.10.11549"],
  /** The official client of the API that our gateway's front speaks. */
  openai: ["openai==3.54.0"],
} as const;

export type PythonEnvironment = keyof typeof ENVIRONMENTS;

/** The interpreter of an environment; created with pip when it is not here yet. */
export async function pythonWith(name: PythonEnvironment): Promise<Provisioned> {
  const packages = ENVIRONMENTS[name];
  const digest = new Bun.CryptoHasher("sha256").update(packages.join(" ")).digest("hex").slice(0, 8);
  const folder = join(TOOLS, `python-${name}-${digest}`);
  const known = found.get(folder);
  if (known !== undefined) return known;
  const result = existsSync(join(folder, "complete"))
    ? Promise.resolve({ path: join(folder, "bin/python") })
    : create(folder, packages);
  found.set(folder, result);
  return result;
}

/** Everything at once, for `test/run.ts`: a line per missing environment, which with CI=true is a failure. */
export async function provisionPython(): Promise<{ ok: boolean; missing: string[] }> {
  const missing: string[] = [];
  for (const name of Object.keys(ENVIRONMENTS) as PythonEnvironment[]) {
    const python = await pythonWith(name);
    if (python.missing !== undefined) missing.push(`${ENVIRONMENTS[name][0]}: ${python.missing}`);
  }
  return { ok: missing.length === 0 || process.env.CI !== "true", missing };
}

const found = new Map<string, Promise<Provisioned>>();

/** Works in the environment that is named next: to put a pip into each would take as long as what is asked for. */
const PIP = ["python3", "-m", "pip", "--python"];

/** Built beside its place and moved there whole: test processes that provision at once must not see half of it. */
async function create(folder: string, packages: readonly string[]): Promise<Provisioned> {
  if (!Bun.which("python3"))
    return { missing: "python3 with venv and pip 22.3 is needed; install it by hand" };
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    for (const command of [
      ["python3", "-m", "venv", "--copies", "--without-pip", work],
      [...PIP, join(work, "bin/python"), "install", "--quiet", "--only-binary=:all:", ...packages],
    ]) {
      const failed = await run(command);
      if (failed !== undefined) return { missing: `${command.slice(1, 4).join(" ")}: ${failed}` };
    }
    writeFileSync(join(work, "complete"), `${packages.join("\n")}\n`);
    // Only the scripts in bin/ know the old path, and nothing runs those: `python -m` does.
    if (!existsSync(join(folder, "complete"))) renameSync(work, folder);
    return { path: join(folder, "bin/python") };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** Runs a command; undefined when it succeeded, otherwise the end of what it said. */
async function run(command: string[]): Promise<string | undefined> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "ignore", stderr: "pipe" });
  const [code, said] = await Promise.all([child.exited, new Response(child.stderr).text()]);
  return code === 0 ? undefined : said.trim().slice(-300) || `${command[0]} ended with ${code}`;
}
