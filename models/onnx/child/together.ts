/**
 * How many answers take a step together. Only as many as get the very bits that each gets alone, which is tried at start, for
 * kernels add in another order where there are more rows: an answer must not depend on who else is answered.
 */
import { Batch } from "../batch.ts";
import type { Session } from "../session.ts";
import { anyNumbers, isSame } from "./trial.ts";

/** More save ever less: the weights are read once for all, the rows' own work remains. */
const MOST = 8;
/** Where there are more processors than heads, attention shares a deep context among them: deep is a few of its parts. */
const DEEP = 640;

export interface TogetherOptions {
  slots: number;
  /** Tokens of each sequence. */
  capacity: number;
  /** For all states together. Rows are only opened where all of them could be full. */
  stateBytes: number;
}

/** From 1, which is each for itself, to 8. */
export async function answersTogether(session: Session, options: TogetherOptions): Promise<number> {
  const { slots, capacity, stateBytes } = options;
  const { together, memory } = session.shape;
  const fitting = Math.floor(stateBytes / (capacity * memory.bytesPerToken));
  const most = Math.min(MOST, slots, fitting);
  if (!together || session.openRows === undefined || !(most > 1)) return 1;
  return (await hasSameBits(session, most, Math.min(DEEP, capacity - 1))) ? most : 1;
}

/** One is deep in a context, the others near its beginning. For every number of them, since each has kernels of its own. */
async function hasSameBits(session: Session, rows: number, deep: number): Promise<boolean> {
  const batch = new Batch(session, { capacity: deep + 1, rows, weightBytes: 0 });
  try {
    const tokens = new Map(batch.sequences.map((sequence, row) => [sequence, 2 + row]));
    const alone: Float32Array[] = [];
    for (const [row, sequence] of batch.sequences.entries()) {
      const read = row === 0 ? deep : Math.min(deep, 1 + row);
      const parts = session.shape.states.map((state) => anyNumbers(state, read));
      sequence.put(parts, read);
      alone.push(...(await sequence.feed(Uint32Array.of(tokens.get(sequence)!), [0])));
      sequence.rewind(read);
    }
    for (let count = 2; count <= rows; count++) {
      const taking = batch.sequences.slice(0, count);
      const logits = await batch.step(new Map(taking.map((sequence) => [sequence, tokens.get(sequence)!])));
      for (const [row, sequence] of taking.entries()) {
        if (!isSame(logits.get(sequence)!, alone[row]!)) return false;
        sequence.rewind(sequence.position - 1);
      }
    }
    return true;
  } finally {
    batch.close();
  }
}
