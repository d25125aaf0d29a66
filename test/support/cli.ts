/** A verb run as an operator runs it: in a process of its own, seen by its exit code and what it prints. */
import { resolve } from "node:path";

export const MAIN = resolve(import.meta.dir, "../../cli/main.ts");

export interface Ran {
  code: number;
  out: string;
  error: string;
}

export async function runVerb(args: readonly string[], options: { cwd: string }): Promise<Ran> {
  const child = Bun.spawn([process.execPath, MAIN, ...args], {
    ...{ cwd: options.cwd, stdin: "ignore", stdout: "pipe", stderr: "pipe" },
  });
  const [out, error] = await Promise.all([
    new Response(child.stdout).text(),
    new Response(child.stderr).text(),
  ]);
  return { code: await child.exited, out, error };
}

export interface RunningNode extends AsyncDisposable {
  url: string;
  child: Bun.Subprocess;
}

/** `bun run node`, from the moment it says that it is ready; stopped and waited for when the scope ends. */
export async function startNode(args: readonly string[], options: { cwd: string }): Promise<RunningNode> {
  const child = Bun.spawn([process.execPath, MAIN, "node", "--http", "127.0.0.1:0", ...args], {
    ...{ cwd: options.cwd, stdin: "ignore", stdout: "pipe", stderr: "ignore" },
  });
  let said = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.includes("\n")) break;
  }
  if (said === "") throw new Error(`the node ended with ${await child.exited} before it was ready`);
  return {
    url: (JSON.parse(said) as { url: string }).url,
    child,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
    },
  };
}
