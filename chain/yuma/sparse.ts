/** Sparse rows of raw numbers, in the order in which the chain stores their entries. */
import { divide } from "./fixed-point.ts";

/** Row i has the entries `starts[i] … starts[i + 1] - 1`. Entries of value 0 count: some rules ask whether an entry exists. */
export interface Sparse {
  readonly starts: Uint32Array;
  readonly columns: Uint16Array;
  readonly values: Float64Array;
}

/** `[uid, value]` pairs, as the chain stores weights and bonds. */
export type Row = readonly (readonly [number, number])[];

export const rowsOf = (matrix: Sparse): number => matrix.starts.length - 1;

/** Collects rows in order. */
export function sparseBuilder(rows: number, capacity: number) {
  const starts = new Uint32Array(rows + 1);
  const columns = new Uint16Array(capacity);
  const values = new Float64Array(capacity);
  let row = 0;
  let size = 0;
  return {
    push(column: number, value: number): void {
      columns[size] = column;
      values[size] = value;
      size++;
    },
    endRow(): void {
      starts[++row] = size;
    },
    done: (): Sparse => ({ starts, columns: columns.subarray(0, size), values: values.subarray(0, size) }),
  };
}

/** The entries that `keep`, with columns of the network only. */
export function sparseOf(
  rows: readonly Row[],
  n: number,
  keep: (row: number, column: number) => boolean,
): Sparse {
  let entries = 0;
  for (let i = 0; i < n; i++) entries += rows[i]?.length ?? 0;
  const built = sparseBuilder(n, entries);
  for (let i = 0; i < n; i++) {
    for (const [column, value] of rows[i] ?? []) if (column < n && keep(i, column)) built.push(column, value);
    built.endRow();
  }
  return built.done();
}

/** Entries as they are, values changed by `change`. */
export function mapValues(
  matrix: Sparse,
  change: (value: number, row: number, column: number) => number,
): Sparse {
  const values = new Float64Array(matrix.values.length);
  for (let i = 0; i < rowsOf(matrix); i++)
    for (let at = matrix.starts[i]!; at < matrix.starts[i + 1]!; at++)
      values[at] = change(matrix.values[at]!, i, matrix.columns[at]!);
  return { ...matrix, values };
}

export function rowSums({ starts, values }: Sparse): Float64Array {
  const sums = new Float64Array(starts.length - 1);
  for (let i = 0; i < sums.length; i++)
    for (let at = starts[i]!; at < starts[i + 1]!; at++) sums[i]! += values[at]!;
  return sums;
}

export function columnSums({ columns, values }: Sparse, n: number): Float64Array {
  const sums = new Float64Array(n);
  for (let at = 0; at < values.length; at++) sums[columns[at]!]! += values[at]!;
  return sums;
}

/** Each row divided by its sum; a row of zeros stays. */
export function normaliseRows(matrix: Sparse): Sparse {
  const sums = rowSums(matrix);
  return mapValues(matrix, (value, row) => divide(value, sums[row]!));
}

/** Each column divided by its sum; a column of zeros stays. */
export function normaliseColumns(matrix: Sparse, n: number): Sparse {
  const sums = columnSums(matrix, n);
  return mapValues(matrix, (value, _, column) => divide(value, sums[column]!));
}

/** Each column divided by its largest value. */
export function upscaleColumns(matrix: Sparse, n: number): Sparse {
  const largest = new Float64Array(n);
  for (let at = 0; at < matrix.values.length; at++) {
    const column = matrix.columns[at]!;
    largest[column] = Math.max(largest[column]!, matrix.values[at]!);
  }
  return mapValues(matrix, (value, _, column) => divide(value, largest[column]!));
}
