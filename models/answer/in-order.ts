/** Nothing of an answer may be lost on its way without being noticed. */
import { Failure } from "../../protocol/failure.ts";
import type { GenerateChunk } from "../../protocol/model.ts";

/**
 * The chunks as they come. Throws `gap` when a number is missing or comes twice, when anything follows the end, and when
 * the end is missing.
 */
export async function* inOrder(
  chunks: AsyncIterable<GenerateChunk>,
): AsyncGenerator<GenerateChunk, void, undefined> {
  let expected = 0;
  let ended = false;
  for await (const chunk of chunks) {
    if (ended || chunk.seq !== expected) {
      throw new Failure(
        "gap",
        ended ? "a chunk came after the end of the answer" : "a chunk of the answer is missing",
        {
          meta: { expected, found: chunk.seq },
          hint: "Ask again: a part of an answer is no answer.",
        },
      );
    }
    expected++;
    ended = chunk.type === "end";
    yield chunk;
  }
  if (!ended) {
    throw new Failure("gap", "the answer broke off before its end", {
      meta: { expected },
      hint: "Ask again: a part of an answer is no answer.",
    });
  }
}
