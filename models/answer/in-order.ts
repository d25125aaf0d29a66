/** Nothing of an answer may be lost on its way without being noticed. */
import { Failure } from "../../protocol/failure.ts";
import type { GenerateChunk } from "../../protocol/model.ts";
import { watched } from "./watched.ts";

/**
 * The chunks as they come. Throws `gap` when a number is missing or comes twice, when anything follows the end, and when
 * the end is missing.
 */
export function inOrder(
  chunks: AsyncIterable<GenerateChunk>,
): AsyncIterableIterator<GenerateChunk, undefined> {
  let expected = 0;
  let ended = false;
  return watched(chunks, {
    seen(chunk) {
      if (ended) throw gap("a chunk came after the end of the answer", { expected, found: chunk.seq });
      if (chunk.seq !== expected) {
        throw gap("a chunk of the answer is missing", { expected, found: chunk.seq });
      }
      expected++;
      ended = chunk.type === "end";
    },
    over(how) {
      if (how === "whole" && !ended) throw gap("the answer broke off before its end", { expected });
    },
  });
}

const gap = (message: string, meta: Record<string, number>): Failure =>
  new Failure("gap", message, { meta, hint: "Ask again: a part of an answer is no answer." });
