/** Asks a person for secrets: nothing of what is typed is shown, and nothing of it can be given on the command line. */
import { Failure } from "../../protocol/failure.ts";

const MAX_CHARS = 1_024;

export const canAsk = (): boolean => process.stdin.isTTY === true && process.stderr.isTTY === true;

/**
 * One answer for each prompt, typed on the terminal. Fails with `cancelled` at ^C, ^D or a closed terminal.
 * Only where `canAsk()`.
 */
export async function askHidden(...prompts: string[]): Promise<string[]> {
  const { stdin, stderr } = process;
  const answers: string[] = [];
  let typed = "";
  stdin.setRawMode(true);
  try {
    stderr.write(prompts[0] ?? "");
    if (prompts.length > 0)
      // Not for-await over stdin itself: leaving that would close it.
      for await (const chunk of chunksOf(stdin)) {
        // An arrow or another key of several bytes is none of a password's.
        for (const character of chunk.startsWith("\u001b") ? "" : chunk) {
          if (character === "\u0003" || character === "\u0004") throw cancelled();
          if (character === "\r" || character === "\n") {
            stderr.write(`\n${prompts[answers.push(typed)] ?? ""}`);
            typed = "";
            if (answers.length === prompts.length) return answers;
          } else if (character === "\u007f" || character === "\b") typed = [...typed].slice(0, -1).join("");
          else if (character >= " " && typed.length < MAX_CHARS) typed += character;
        }
      }
    throw cancelled();
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
  }
}

async function* chunksOf(stream: NodeJS.ReadStream): AsyncGenerator<string> {
  const waiting: (string | undefined)[] = [];
  let wake = () => {};
  const give = (chunk: string | undefined) => {
    waiting.push(chunk);
    wake();
  };
  const onData = (chunk: Buffer) => give(chunk.toString("utf8"));
  const onEnd = () => give(undefined);
  stream.on("data", onData).on("end", onEnd).resume();
  try {
    for (;;) {
      if (waiting.length === 0) await new Promise<void>((resolve) => (wake = resolve));
      const chunk = waiting.shift();
      if (chunk === undefined) return;
      yield chunk;
    }
  } finally {
    stream.off("data", onData).off("end", onEnd);
  }
}

const cancelled = (): Failure =>
  new Failure("cancelled", "No password was given", { hint: "Nothing was changed." });
