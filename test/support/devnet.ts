/** `bun run devnet` in a process of its own, as a user starts it. */
import { writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { z } from "zod";
import { tempFolder } from "./temp-folder.ts";

const MAIN = resolve(import.meta.dir, "../../cli/main.ts");
const Ready = z.object({ ready: z.literal(true), url: z.string(), genesisHash: z.string() });
const Answer = z.object({ result: z.unknown().optional(), error: z.unknown().optional() });

export interface RunningDevnet extends AsyncDisposable {
  url: string;
  genesisHash: string;
  child: Bun.Subprocess;
  /** One JSON-RPC call over HTTP. Fails with the error as JSON. */
  rpc(method: string, ...params: unknown[]): Promise<unknown>;
}

/** Started when it says that it is ready; stopped and waited for when the scope ends. */
export async function startDevnet(
  options: { genesis?: unknown; args?: string[] } = {},
): Promise<RunningDevnet> {
  const folder = tempFolder();
  const genesis = join(folder.path, "genesis.json");
  writeFileSync(genesis, JSON.stringify(options.genesis ?? {}));
  const args = ["--port", "0", "--genesis", genesis, ...(options.args ?? [])];
  const child = Bun.spawn([process.execPath, MAIN, "devnet", ...args], {
    ...{ cwd: folder.path, stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  });
  let said = "";
  for await (const chunk of child.stdout.pipeThrough(new TextDecoderStream())) {
    said += chunk;
    if (said.includes("\n")) break;
  }
  if (said === "") throw new Error(`the devnet ended with ${await child.exited} before it was ready`);
  const { url, genesisHash } = Ready.parse(JSON.parse(said));
  return {
    url,
    genesisHash,
    child,
    async rpc(method, ...params) {
      const response = await fetch(url.replace("ws://", "http://"), {
        method: "POST",
        headers: { "content-type": "application/json" },
        body: JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }),
      });
      const { result, error } = Answer.parse(await response.json());
      if (error !== undefined) throw new Error(`${method}: ${JSON.stringify(error)}`);
      return result;
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await child.exited;
      folder[Symbol.dispose]();
    },
  };
}
