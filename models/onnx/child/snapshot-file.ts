/**
 * A sequence's state as bytes that another process of the same model can go on from: a line of JSON, then the numbers of
 * every state, then the logits after the last token where the text has come to its end.
 */
import { z } from "zod";
import { BLOB_LIMIT } from "../../../protocol/blob.ts";
import { Failure } from "../../../protocol/failure.ts";
import type { DecoderShape } from "../decoder-shape.ts";
import type { StateBytes } from "../session.ts";
import { stateSize } from "../state-layout.ts";

const Header = z.object({
  format: z.literal(1),
  /** Tokens that the state has read. */
  position: z.number().int().nonnegative(),
  /** A token of the text that it has not read yet. */
  pending: z.array(z.number().int().nonnegative()).max(1),
  states: z
    .array(
      z.object({
        past: z.string().max(256),
        type: z.string().max(16),
        length: z.number().int().nonnegative(),
      }),
    )
    .max(4_096),
});

export interface Snapshot {
  readonly position: number;
  readonly pending: readonly number[];
  readonly parts: readonly StateBytes[];
  /** Undefined exactly when a token is pending. */
  readonly logits: Float32Array | undefined;
}

const MAX_HEADER = 1024 * 1024;
const LENGTH_BYTES = 4;

/** Fails with `too-large` when the state is more than a blob can hold; checked before anything is copied. */
export function checkSnapshotSize(bytes: number, vocabulary: number): void {
  const most = BLOB_LIMIT - MAX_HEADER - 4 * vocabulary;
  if (bytes <= most) return;
  throw new Failure("too-large", "the state is larger than a blob can be", {
    meta: { bytes, most },
    hint: "Hand over shorter contexts, or a model whose state does not grow.",
  });
}

export function writeSnapshot({ position, pending, parts, logits }: Snapshot): Uint8Array {
  const states = parts.map(({ state, length }) => ({ past: state.past, type: state.type, length }));
  const value: z.input<typeof Header> = { format: 1, position, pending: [...pending], states };
  const header = Buffer.from(JSON.stringify(value));
  const size = Buffer.alloc(LENGTH_BYTES);
  size.writeUInt32LE(header.length);
  const last =
    logits === undefined ? [] : [new Uint8Array(logits.buffer, logits.byteOffset, logits.byteLength)];
  return Buffer.concat([size, header, ...parts.map(({ data }) => data), ...last]);
}

/** Fails with `malformed` unless the bytes are a state of exactly this shape. */
export function readSnapshot(bytes: Uint8Array, { states: wanted, vocabulary }: DecoderShape): Snapshot {
  const { value, end } = readHeader(bytes);
  const { position, pending, states } = value;
  if (states.length !== wanted.length) throw wrong("it has other states");
  if (pending.some((token) => token >= vocabulary)) throw wrong("it has a token outside the vocabulary");
  let at = end;
  const next = (size: number): Uint8Array => {
    if (at + size > bytes.length) throw wrong("it ends too early");
    at += size;
    return bytes.subarray(at - size, at);
  };
  const parts = wanted.map((state, n): StateBytes => {
    const length = state.axis === -1 ? 0 : position;
    const given = states[n]!;
    if (given.past !== state.past || given.type !== state.type || given.length !== length)
      throw wrong("its states have another shape");
    return { state, length, data: next(stateSize(state, length)) };
  });
  const logits =
    pending.length > 0 ? undefined : new Float32Array(new Uint8Array(next(4 * vocabulary)).buffer);
  if (at !== bytes.length) throw wrong("it is longer than it says");
  return { position, pending, parts, logits };
}

function readHeader(bytes: Uint8Array): { value: z.infer<typeof Header>; end: number } {
  if (bytes.length < LENGTH_BYTES) throw wrong("it is empty");
  const size = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
  const end = LENGTH_BYTES + size;
  if (size > MAX_HEADER || end > bytes.length) throw wrong("it has no header");
  try {
    return {
      value: Header.parse(JSON.parse(new TextDecoder().decode(bytes.subarray(LENGTH_BYTES, end)))),
      end,
    };
  } catch {
    throw wrong("its header is damaged");
  }
}

const wrong = (reason: string): Failure =>
  new Failure("malformed", "the bytes are no snapshot of this model's state", {
    meta: { reason },
    hint: "Read the context anew.",
  });
