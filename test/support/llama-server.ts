/** A real llama.cpp server with SmolLM2, for back ends and fronts that speak the OpenAI API. */
import { join } from "node:path";
import { pythonWith } from "../provision/python.ts";
import { smollmGguf } from "../provision/smollm.ts";

export const LLAMA_MODEL = "smollm2";

export interface LlamaServer extends AsyncDisposable {
  /** Up to and with `/v1`. */
  baseUrl: string;
  /** As from a crash. */
  kill(): Promise<void>;
}

/** What is missing to start one; undefined when nothing is. */
export async function llamaServerMissing(): Promise<string | undefined> {
  return (await pythonWith("llama")).missing ?? (await smollmGguf()).missing;
}

export interface LlamaServerOptions {
  apiKey: string;
  /** Default SmolLM2. */
  gguf?: string;
  /** For embeddings, pooled as the file says or else by the mean; such a server answers nothing else. */
  embeds?: boolean;
}

export async function startLlamaServer({
  apiKey,
  gguf,
  embeds = false,
}: LlamaServerOptions): Promise<LlamaServer> {
  const [python, weights] = await Promise.all([pythonWith("llama"), smollmGguf()]);
  const script = join(import.meta.dir, "llama-server.py");
  const options = JSON.stringify({
    path: gguf ?? weights.path,
    apiKey,
    embeds,
    mean: embeds && gguf === undefined,
  });
  const child = Bun.spawn([python.path ?? "", script, options], {
    stdin: "pipe",
    stdout: "pipe",
    stderr: "ignore",
  });
  let said = "";
  for await (const chunk of child.stdout) {
    said += new TextDecoder().decode(chunk);
    if (said.includes("\n")) break;
  }
  const { url } = JSON.parse(said) as { url: string };
  const stop = async (signal: "SIGTERM" | "SIGKILL") => {
    child.kill(signal);
    await child.exited;
  };
  return {
    baseUrl: `${url}/v1`,
    kill: () => stop("SIGKILL"),
    [Symbol.asyncDispose]: () => stop("SIGKILL"),
  };
}
