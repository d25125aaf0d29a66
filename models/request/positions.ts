/** Which positions of a text are scored. */
import { Failure } from "../../protocol/failure.ts";

/** As many as one result may hold. */
const MOST = 16_384;

/** Ascending positions from 1; fails with `malformed` outside the text and `too-large` above 16,384 of them. */
export function scorePositions(
  { positions }: { readonly positions?: readonly number[] | undefined },
  tokens: number,
): readonly number[] {
  if (positions === undefined) {
    if (tokens - 1 <= MOST) return Array.from({ length: Math.max(0, tokens - 1) }, (_, at) => at + 1);
    throw new Failure("too-large", "the text has more tokens than one result can score", {
      meta: { tokens, most: MOST },
      hint: "Name the positions that matter.",
    });
  }
  let before = 0;
  for (const position of positions) {
    if (position <= before || position >= tokens) {
      throw new Failure("malformed", "positions to score must ascend and lie within the text", {
        meta: { position, before, tokens },
      });
    }
    before = position;
  }
  return positions;
}
