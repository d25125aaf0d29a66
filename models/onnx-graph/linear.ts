/**
 * Matrices of GGUF as ONNX Runtime multiplies them fastest: blocks of 32 values for `MatMulNBits`. Two ways. `fast`
 * takes any type to 8 bits with a zero point, at the noise of llama.cpp's own int8 path; `exact` keeps Q8_0, Q4_0 and
 * Q4_1 to the bit and everything else in single precision, for golden tests.
 */
import { dequantize, dequantizeBlocks } from "../gguf/dequantize.ts";
import { halves } from "../gguf/half.ts";
import type { GgufTensor } from "../gguf/read-gguf.ts";
import { type Graph, NONE, type Value } from "./graph.ts";

export type Precision = "fast" | "exact";

const BLOCK = 32;
/** Rows of one step, so that a large matrix is never in memory as floats. */
const STEP_VALUES = 4 * 1024 * 1024;
/** How `MatMulNBits` computes: 4 takes activations to int8, 0 leaves them alone. */
const ACCURACY: Readonly<Record<Precision, number>> = { fast: 4, exact: 0 };

/** A matrix, ready to be multiplied with; 8-bit ones can also be looked up in by row. */
export interface Matrix {
  readonly inputs: number;
  readonly outputs: number;
  readonly multiply: (graph: Graph, x: Value) => Value;
  readonly lookUp: (graph: Graph, rows: Value) => Value;
}

/** Rows of several tensors on top of one another as one matrix; all have rows of the same length. */
export function matrix(graph: Graph, tensors: readonly GgufTensor[], precision: Precision): Matrix {
  const names = new Set(tensors.map(({ type }) => type.name));
  const only = names.size === 1 ? [...names][0] : undefined;
  if (only === "Q8_0") return eightBit(graph, tensors, exactQ8, precision);
  if (precision === "fast") return eightBit(graph, tensors, requantise, precision);
  if (only === "Q4_0" || only === "Q4_1") return fourBit(graph, tensors, only);
  return single(graph, tensors);
}

const rowLength = (tensors: readonly GgufTensor[]): number => tensors[0]?.dims[0] ?? 0;
const rowCount = (tensors: readonly GgufTensor[]): number =>
  tensors.reduce((sum, { dims }) => sum + (dims[1] ?? 1), 0);

interface EightBit {
  readonly bytes: Uint8Array;
  readonly scales: Float32Array;
  /** Absent where all are 128. */
  readonly zeros?: Uint8Array;
}

function eightBit(
  graph: Graph,
  tensors: readonly GgufTensor[],
  pack: (tensors: readonly GgufTensor[], values: number) => EightBit,
  precision: Precision,
): Matrix {
  const inputs = rowLength(tensors);
  const outputs = rowCount(tensors);
  const blocks = inputs / BLOCK;
  const { bytes, scales, zeros } = pack(tensors, inputs * outputs);
  const b = graph.constant("u8", [outputs, blocks, BLOCK], bytes);
  const s = graph.constant("f32", [outputs, blocks], scales);
  const z = zeros === undefined ? NONE : graph.constant("u8", [outputs, blocks], zeros);
  return {
    inputs,
    outputs,
    multiply: (graph, x) =>
      one(
        graph.contrib("MatMulNBits", z === NONE ? [x, b, s] : [x, b, s, z], {
          ...{ K: inputs, N: outputs, bits: 8, block_size: BLOCK, accuracy_level: ACCURACY[precision] },
        }),
      ),
    lookUp(graph, rows) {
      const values = graph.node("Cast", [graph.node("Gather", [b, rows])], { to: 1 });
      const middle =
        z === NONE
          ? graph.scalar("f32", 128)
          : graph.node("Unsqueeze", [
              graph.node("Cast", [graph.node("Gather", [z, rows])], { to: 1 }),
              graph.ints(3),
            ]);
      const scale = graph.node("Unsqueeze", [graph.node("Gather", [s, rows]), graph.ints(3)]);
      const product = graph.node("Mul", [graph.node("Sub", [values, middle]), scale]);
      return graph.node("Reshape", [product, graph.ints(0, 0, inputs)]);
    },
  };
}

/** w = d q: the byte is q + 128. */
function exactQ8(tensors: readonly GgufTensor[], values: number): EightBit {
  const bytes = new Uint8Array(values);
  const scales = new Float32Array(values / BLOCK);
  let block = 0;
  for (const { data } of tensors) {
    for (let at = 0; at < data.length; at += 34, block++) {
      scales[block] = halves()[data[at]! | (data[at + 1]! << 8)]!;
      for (let n = 0; n < BLOCK; n++) bytes[BLOCK * block + n] = data[at + 2 + n]! ^ 0x80;
    }
  }
  return { bytes, scales };
}

/** Any values to 256 steps between the block's least and greatest one, 0 among them. */
function requantise(tensors: readonly GgufTensor[], values: number): EightBit {
  const bytes = new Uint8ClampedArray(values);
  const scales = new Float32Array(values / BLOCK);
  const zeros = new Uint8Array(values / BLOCK);
  let block = 0;
  for (const tensor of tensors) {
    for (const part of parts(tensor)) {
      for (let at = 0; at < part.length; at += BLOCK, block++) {
        let low = 0;
        let high = 0;
        for (let n = at; n < at + BLOCK; n++) {
          const value = part[n]!;
          if (value < low) low = value;
          else if (value > high) high = value;
        }
        const scale = Math.fround((high - low) / 255) || 1;
        const zero = Math.round(-low / scale);
        scales[block] = scale;
        zeros[block] = zero;
        const to = BLOCK * block - at;
        for (let n = at; n < at + BLOCK; n++) {
          bytes[to + n] = Math.round(part[n]! / scale) + zero;
        }
      }
    }
  }
  return { bytes: new Uint8Array(bytes.buffer), scales, zeros };
}

function* parts(tensor: GgufTensor): Generator<Float32Array> {
  const rows = Math.max(1, Math.floor(STEP_VALUES / (tensor.dims[0] ?? 1)));
  const all = tensor.dims[1] ?? 1;
  for (let from = 0; from < all; from += rows)
    yield dequantize(tensor, { from, to: Math.min(all, from + rows) });
}

/**
 * Four bits as they are. ONNX counts from 8, so Q4_1's `d q + m` is `d (q − 8)` by the kernel plus the block's sum of
 * inputs times `m + 8 d`.
 */
function fourBit(graph: Graph, tensors: readonly GgufTensor[], type: "Q4_0" | "Q4_1"): Matrix {
  const inputs = rowLength(tensors);
  const outputs = rowCount(tensors);
  const blocks = inputs / BLOCK;
  const size = type === "Q4_0" ? 18 : 20;
  const bytes = new Uint8Array((inputs * outputs) / 2);
  const scales = new Float32Array(outputs * blocks);
  const rest = new Float32Array(blocks * outputs);
  let block = 0;
  for (const { data } of tensors) {
    for (let at = 0; at < data.length; at += size, block++) {
      const d = halves()[data[at]! | (data[at + 1]! << 8)]!;
      scales[block] = d;
      const m = type === "Q4_1" ? halves()[data[at + 2]! | (data[at + 3]! << 8)]! : 0;
      rest[(block % blocks) * outputs + Math.floor(block / blocks)] = m + 8 * d;
      repackNibbles(data, at + size - 16, bytes, 16 * block);
    }
  }
  const b = graph.constant("u8", [outputs, blocks, 16], bytes);
  const s = graph.constant("f32", [outputs, blocks], scales);
  const c = type === "Q4_1" ? graph.constant("f32", [blocks, outputs], rest) : NONE;
  return {
    inputs,
    outputs,
    multiply(graph, x) {
      const attributes = {
        K: inputs,
        N: outputs,
        bits: 4,
        block_size: BLOCK,
        accuracy_level: ACCURACY.exact,
      };
      const product = one(graph.contrib("MatMulNBits", [x, b, s], attributes));
      if (c === NONE) return product;
      const inBlocks = graph.node("Reshape", [x, graph.ints(0, 0, blocks, BLOCK)]);
      const sums = graph.node("ReduceSum", [inBlocks, graph.ints(3)], { keepdims: 0 });
      return graph.node("Add", [product, graph.node("MatMul", [sums, c])]);
    },
    lookUp: (graph, rows) => single(graph, tensors).lookUp(graph, rows),
  };
}

/** GGUF's low nibbles are the first half of a block, ONNX's are the even places. */
function repackNibbles(from: Uint8Array, at: number, to: Uint8Array, start: number): void {
  for (let n = 0; n < 16; n++) {
    const left = nibble(from, at, 2 * n);
    const right = nibble(from, at, 2 * n + 1);
    to[start + n] = left | (right << 4);
  }
}

const nibble = (bytes: Uint8Array, at: number, n: number): number =>
  n < 16 ? bytes[at + n]! & 15 : bytes[at + n - 16]! >> 4;

/** Single precision, whatever it was. */
function single(graph: Graph, tensors: readonly GgufTensor[]): Matrix {
  const inputs = rowLength(tensors);
  const outputs = rowCount(tensors);
  const values = new Float32Array(inputs * outputs);
  let at = 0;
  for (const { type, data } of tensors) {
    const part = dequantizeBlocks(type, data);
    values.set(part, at);
    at += part.length;
  }
  const w = graph.constant("f32", [outputs, inputs], values);
  return {
    inputs,
    outputs,
    multiply: (graph, x) => one(graph.contrib("FusedMatMul", [x, w], { transB: 1 })),
    lookUp: (graph, rows) => graph.node("Gather", [w, rows]),
  };
}

function one(values: readonly Value[]): Value {
  const [first] = values;
  if (first === undefined) throw new RangeError("a node without outputs");
  return first;
}
