/** Runs a few lines of Python in an environment with the real packages: JSON in on standard input, JSON out. */
import { type PythonEnvironment, pythonWith } from "../provision/python.ts";

/** Why an environment cannot be had, or undefined. Suites are then skipped, which `test/run.ts` counts. */
export async function lacksPython(...names: PythonEnvironment[]): Promise<string | undefined> {
  const all = await Promise.all(names.map(pythonWith));
  return all.find(({ missing }) => missing !== undefined)?.missing;
}

/** `code` reads `given` and calls `answer(value)` once; what the packages print besides goes nowhere. */
export async function python<T>(name: PythonEnvironment, code: string, given: unknown = null): Promise<T> {
  const { path, missing } = await pythonWith(name);
  if (path === undefined) throw new Error(`no Python with ${name}: ${missing}`);
  const program = [
    "import json, os, sys",
    "given = json.load(sys.stdin)",
    "out = os.dup(1); os.dup2(2, 1)",
    "def answer(value): os.write(out, json.dumps(value).encode())",
    code,
  ].join("\n");
  const child = Bun.spawn([path, "-c", program], {
    stdin: new Blob([JSON.stringify(given)]),
    stdout: "pipe",
    stderr: "pipe",
  });
  const [said, error, exit] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
    child.exited,
  ]);
  if (exit !== 0) throw new Error(`python ended with ${exit}: ${error.slice(-2_000)}`);
  return JSON.parse(said) as T;
}
