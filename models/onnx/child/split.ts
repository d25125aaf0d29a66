/**
 * Whether a chunk of prefill may be read in parts. What another prompt has read can then be gone on from at any token, not
 * only where whole chunks end. Tried at start, as kernels are free to add in another order where there are other rows; a token
 * that is read alone has bits of its own in every kernel seen so far.
 */
import { Sequence } from "../sequence.ts";
import type { Session } from "../session.ts";
import { anyNumbers, isSame } from "./trial.ts";

/** Tokens that are read in one step and in parts. */
const PARTS = [2, 3, 5, 9, 17, 28] as const;
const TOKENS = Uint32Array.from({ length: 64 }, (_, at) => 2 + at);
/** Attention shares a context among threads, or reads it in blocks: deep is a few of its parts. */
const DEEP = 640;

/** False where nothing can be cut back, or a chunk is too short to be worth it. */
export async function splitsChunks(
  session: Session,
  { capacity, chunkTokens }: { capacity: number; chunkTokens: number },
): Promise<boolean> {
  const { states, vocabulary } = session.shape;
  const short = chunkTokens < TOKENS.length || vocabulary < 2 + TOKENS.length || capacity < TOKENS.length;
  if (short || states.some(({ kind }) => kind === "fixed")) return false;
  const deep = Math.min(DEEP, capacity - TOKENS.length);
  const sequence = new Sequence(session, deep + TOKENS.length);
  try {
    const before = states.map((state) => anyNumbers(state, deep));
    const read = async (parts: readonly number[]): Promise<ArrayBufferView[]> => {
      sequence.put(before, deep);
      let logits: Float32Array[] = [];
      for (const part of parts) {
        const from = sequence.position - deep;
        logits = await sequence.feed(TOKENS.subarray(from, from + part), [part - 1]);
      }
      return [...sequence.take().map(({ data }) => data), ...logits];
    };
    const [whole, split] = [await read([TOKENS.length]), await read(PARTS)];
    return whole.every((bytes, at) => isSame(bytes, split[at]!));
  } finally {
    sequence.close();
  }
}
