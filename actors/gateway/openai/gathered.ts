/** Answers that are sent whole. */
import { Failure } from "../../../protocol/failure.ts";
import type { Gathered } from "./answer-body.ts";
import type { Said } from "./answers.ts";

/** One of each choice, in their order. Fails as the first of them that does. */
export async function gathered(answers: AsyncIterable<Said>): Promise<Gathered[]> {
  const parts: Parts[] = [];
  for await (const { choice, chunk } of answers) {
    const part = (parts[choice] ??= { texts: [], calls: [], logprobs: undefined, end: undefined });
    if (chunk.type === "tokens" || chunk.type === "echo") {
      part.texts.push(chunk.text);
      if (chunk.logprobs !== undefined) (part.logprobs ??= []).push(...chunk.logprobs);
    }
    if (chunk.type === "tool-calls") part.calls.push(...chunk.calls);
    if (chunk.type === "end") part.end = chunk;
  }
  return parts.map(({ texts, end, ...rest }) => {
    if (end === undefined) throw new Failure("gap", "the answer broke off before its end");
    return { ...rest, text: texts.join(""), end };
  });
}

interface Parts extends Omit<Gathered, "text" | "end"> {
  texts: string[];
  end: Gathered["end"] | undefined;
}
