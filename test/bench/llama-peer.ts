/** llama.cpp in a process of its own, on the same weights and threads, measured in turns with ours. */
import { join } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { pythonWith } from "../provision/python.ts";

export interface Speed {
  prefillMs: number;
  decodeMs: number;
}

/** Tokens of a first prompt, of its answer, and of what is said then. */
export interface Conversation {
  prompt: number;
  given: number;
  more: number;
}

export interface LlamaPeer extends AsyncDisposable {
  /** Its name and version. */
  readonly engine: string;
  /** Reads a prompt of so many tokens and gives so many more. */
  measure(prompt: number, given: number): Promise<Speed>;
  /** Milliseconds until so many answers at once are done; undefined where the package has no such thing. */
  measureTogether(asked: { prompt: number; given: number; answers: number }): Promise<number | undefined>;
  /** Milliseconds until the first token of the second answer, the first turn kept; undefined where the package cannot. */
  measureSecondTurn(asked: Conversation): Promise<number | undefined>;
}

/** `python` is an interpreter with llama-cpp-python; without one the packed llama.cpp of the tests is taken. */
export async function startLlamaPeer(options: {
  gguf: string;
  threads: number;
  /** At the same time. */
  answers: number;
  python?: string | undefined;
}): Promise<LlamaPeer> {
  const found = options.python === undefined ? await pythonWith("llama") : { path: options.python };
  if (found.path === undefined) {
    throw new Failure("config", `no llama.cpp to measure beside: ${found.missing}`, {
      hint: "Run `npm test` once on a machine with Python, or set ORRERY_LLAMA_PYTHON to an interpreter that has it.",
    });
  }
  const script = join(import.meta.dir, "llama-peer.py");
  const child = Bun.spawn(
    [found.path, script, options.gguf, String(options.threads), String(options.answers)],
    {
      stdin: "pipe",
      stdout: "pipe",
      stderr: "ignore",
    },
  );
  const lines = linesOf(child.stdout);
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done) throw new Failure("unavailable", "llama.cpp ended before it was measured");
    return JSON.parse(line.value);
  };
  const { engine } = (await next()) as { engine: string };
  const ask = async (asked: object): Promise<unknown> => {
    child.stdin.write(`${JSON.stringify(asked)}\n`);
    await child.stdin.flush();
    return await next();
  };
  return {
    engine,
    measure: async (prompt, given) => (await ask({ prompt, given })) as Speed,
    measureTogether: async (asked) => ((await ask(asked)) as { ms: number | null }).ms ?? undefined,
    measureSecondTurn: async (asked) => ((await ask(asked)) as { ms: number | null }).ms ?? undefined,
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await child.exited;
    },
  };
}

async function* linesOf(stream: ReadableStream<Uint8Array>): AsyncGenerator<string, void, undefined> {
  let rest = "";
  for await (const chunk of stream) {
    rest += Buffer.from(chunk).toString();
    const lines = rest.split("\n");
    rest = lines.pop() ?? "";
    yield* lines;
  }
}
