/** Tries the way into ONNX Runtime that was chosen before anything depends on it: one chunk must equal its tokens one by one. */
import { Failure } from "../../../protocol/failure.ts";
import { Sequence } from "../sequence.ts";
import type { Session } from "../session.ts";

const TOKENS = Uint32Array.of(1, 2, 3, 5);
/** Int8 activations are rounded by row, and rows differ a little with the shape of the step. */
const TOLERANCE = 0.05;

/** Fails with `unavailable`. A way that crashes the process fails by that. */
export async function selfTest(session: Session): Promise<void> {
  const [whole] = await fed(session, (sequence) => sequence.feed(TOKENS, [TOKENS.length - 1]));
  const [single] = await fed(session, async (sequence) => {
    let last: Float32Array[] = [];
    for (const token of TOKENS) last = await sequence.feed(Uint32Array.of(token), [0]);
    return last;
  });
  if (whole === undefined || single === undefined) throw wrong("a step gave no logits");
  let [least, most, apart] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0];
  for (const [at, value] of whole.entries()) {
    least = Math.min(least, value);
    most = Math.max(most, value);
    apart = Math.max(apart, Math.abs(value - single[at]!));
  }
  // Also false for what is no number.
  if (!(apart <= TOLERANCE * (most - least))) throw wrong(`logits are ${apart} apart within ${most - least}`);
}

async function fed(
  session: Session,
  feed: (sequence: Sequence) => Promise<Float32Array[]>,
): Promise<Float32Array[]> {
  const sequence = new Sequence(session, TOKENS.length);
  try {
    return await feed(sequence);
  } finally {
    sequence.close();
  }
}

const wrong = (reason: string): Failure =>
  new Failure("unavailable", "the self-test of the model failed", { meta: { reason } });
