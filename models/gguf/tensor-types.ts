/** The ways GGUF stores numbers: so many bytes for a block of so many values. Layouts are those of ggml's `ggml-common.h`. */

export interface TensorType {
  readonly name: string;
  /** Values of one block. */
  readonly values: number;
  /** Bytes of one block. */
  readonly bytes: number;
}

/** Decodes one block, from `at` of the stored bytes to `to` of the values. */
export type Decode = (bytes: Uint8Array, at: number, out: Float32Array, to: number) => void;

const type = (name: string, values: number, bytes: number): TensorType => ({ name, values, bytes });

/** By the number that stands in the file. What is missing here is refused. */
export const TENSOR_TYPES: Readonly<Record<number, TensorType>> = {
  0: type("F32", 1, 4),
  1: type("F16", 1, 2),
  2: type("Q4_0", 32, 18),
  3: type("Q4_1", 32, 20),
  6: type("Q5_0", 32, 22),
  7: type("Q5_1", 32, 24),
  8: type("Q8_0", 32, 34),
  10: type("Q2_K", 256, 84),
  11: type("Q3_K", 256, 110),
  12: type("Q4_K", 256, 144),
  13: type("Q5_K", 256, 176),
  14: type("Q6_K", 256, 210),
  30: type("BF16", 1, 2),
};
