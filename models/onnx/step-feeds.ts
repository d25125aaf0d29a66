/** What a graph is fed in one step besides its states. */
import type { DecoderShape, InputRole } from "./decoder-shape.ts";
import type { ElementType, Tensor } from "./tensor.ts";

/** One sequence in a step: tokens read before, and those that it reads now. */
export interface StepRow {
  readonly position: number;
  readonly tokens: ArrayLike<number>;
}

/** All rows read as many tokens. `wanted` are the places within them, ascending, whose logits are asked for. */
export function stepFeeds(
  { inputs }: DecoderShape,
  rows: readonly StepRow[],
  wanted: readonly number[],
): Map<string, Tensor> {
  return new Map(
    inputs.map(({ role, info }) => {
      const { values, dims } = input(role, rows, wanted);
      return [info.name, { ...integers(info.type, values), dims: info.dims.length === 0 ? [] : dims }];
    }),
  );
}

/** Tokens read before a step of one token of one sequence; undefined for other steps. */
export function onlyPosition(
  { inputs }: DecoderShape,
  feeds: ReadonlyMap<string, Tensor>,
): number | undefined {
  const fed = (role: InputRole) => feeds.get(inputs.find((input) => input.role === role)?.info.name ?? "");
  const [tokens, lengths] = [fed("tokens"), fed("lengths")];
  if (lengths === undefined || tokens?.dims.some((size) => size !== 1)) return undefined;
  return new DataView(lengths.data.buffer, lengths.data.byteOffset).getUint32(0, true);
}

function input(
  role: InputRole,
  rows: readonly StepRow[],
  wanted: readonly number[],
): { values: ArrayLike<number>; dims: number[] } {
  const read = rows[0]?.tokens.length ?? 0;
  const totals = rows.map(({ position }) => position + read);
  const longest = Math.max(...totals);
  const each = (value: (row: StepRow, at: number) => number) =>
    rows.flatMap((row) => Array.from({ length: read }, (_, at) => value(row, at)));
  switch (role) {
    case "tokens":
      return { values: each(({ tokens }, at) => tokens[at]!), dims: [rows.length, read] };
    case "mask":
      return { values: new Uint8Array(longest).fill(1), dims: [1, longest] };
    case "positions":
      return { values: each(({ position }, at) => position + at), dims: [rows.length, read] };
    case "lengths":
      return { values: totals.map((total) => total - 1), dims: [rows.length] };
    case "total":
      return { values: [longest], dims: [1] };
    case "rows":
      return { values: wanted, dims: [wanted.length] };
    case "keep":
      return { values: [read - (wanted[0] ?? read - 1)], dims: [1] };
  }
}

/** Whole numbers from 0; of 64 bits only the lower half is ever needed, and no big integers are made. */
function integers(type: ElementType, values: ArrayLike<number>): { type: ElementType; data: Uint8Array } {
  const wide = type === "int64";
  const words = new Uint32Array(values.length * (wide ? 2 : 1));
  for (let at = 0; at < values.length; at++) words[wide ? 2 * at : at] = values[at]!;
  return { type, data: new Uint8Array(words.buffer) };
}
