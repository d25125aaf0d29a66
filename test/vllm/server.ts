/** A real vLLM server on loopback, with SmolLM2's weights or a tampered copy of them. */
import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { tempFolder } from "../support/temp-folder.ts";
import { VLLM_CONTEXT, VLLM_MODEL } from "./checks.ts";
import { writeHuggingFaceFolder } from "./hugging-face-folder.ts";
import { vllmPython } from "./install.ts";
import { VLLM_KEY } from "./vllm-model.ts";

export interface VllmOptions {
  /** Of the GGUF file whose weights are served. */
  gguf: Uint8Array;
  dtype: "float32" | "bfloat16";
  /** Requests that it holds at most. */
  queue: number;
  report: (line: string) => void;
}

export interface VllmServer extends AsyncDisposable {
  /** Without `/v1`. */
  url: string;
}

const START_MS = 300_000;
const ENVIRONMENT = {
  // Of states, in GB; nothing is asked of the network, nothing is told to anybody.
  ...{ VLLM_CPU_KVCACHE_SPACE: "1", HF_HUB_OFFLINE: "1", VLLM_NO_USAGE_STATS: "1", DO_NOT_TRACK: "1" },
};

export async function startVllm({ gguf, dtype, queue, report }: VllmOptions): Promise<VllmServer> {
  const python = await vllmPython(report);
  const folder = tempFolder();
  const model = join(folder.path, VLLM_MODEL);
  writeHuggingFaceFolder(gguf, model);
  const port = freePort();
  const log = openSync(join(folder.path, "log"), "a");
  // Its workers are processes of their own, which only a group of processes has an end of.
  const child = Bun.spawn(
    [
      ...["setsid", "nice", "-n", "5", python, "-m", "vllm.entrypoints.openai.api_server"],
      ...["--model", model, "--served-model-name", VLLM_MODEL, "--dtype", dtype, "--enforce-eager"],
      ...["--host", "127.0.0.1", "--port", `${port}`, "--api-key", VLLM_KEY],
      ...["--max-model-len", `${VLLM_CONTEXT}`, "--max-num-queued-reqs", `${queue}`],
      ...["--enable-auto-tool-choice", "--tool-call-parser", "hermes"],
    ],
    { env: { ...process.env, ...ENVIRONMENT }, stdin: "ignore", stdout: log, stderr: log },
  );
  closeSync(log);
  const end = async () => {
    kill(child.pid, "SIGTERM");
    await Promise.race([child.exited, Bun.sleep(10_000)]);
    kill(child.pid, "SIGKILL");
    await child.exited;
    folder[Symbol.dispose]();
  };
  const url = `http://127.0.0.1:${port}`;
  report(`vLLM begins with ${dtype}`);
  for (let waitedMs = 0; waitedMs < START_MS && child.exitCode === null; waitedMs += 500) {
    if ((await fetch(`${url}/health`).catch(() => undefined))?.ok) return { url, [Symbol.asyncDispose]: end };
    await Bun.sleep(500);
  }
  const said = readFileSync(join(folder.path, "log"), "utf8").slice(-3_000);
  await end();
  throw new Error(`vLLM did not start:\n${said}`);
}

function kill(group: number, signal: "SIGTERM" | "SIGKILL"): void {
  try {
    process.kill(-group, signal);
  } catch {
    // It has ended.
  }
}

function freePort(): number {
  const server = Bun.serve({ hostname: "127.0.0.1", port: 0, fetch: () => new Response() });
  const { port } = server;
  void server.stop(true);
  return port ?? 0;
}
