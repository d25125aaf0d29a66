/** What eight bits make of a matrix, measured on a graph that multiplies with it and nothing else. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { dequantizeBlocks } from "../gguf/dequantize.ts";
import type { GgufTensor } from "../gguf/read-gguf.ts";
import { TENSOR_TYPES, type TensorType } from "../gguf/tensor-types.ts";
import { refuseTelemetry } from "../onnx/telemetry.ts";
import { DataFile } from "./data-file.ts";
import { Graph } from "./graph.ts";
import { matrix, type Precision } from "./linear.ts";

refuseTelemetry();
const ort = await import("onnxruntime-node");

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const INPUTS = 256;
const OUTPUTS = 48;
const rng = createSeededRng(9);
let made = 0;

/** Random blocks whose half-precision scales are small ordinary numbers. */
function tensor(type: TensorType): GgufTensor {
  const data = rng.bytes(((INPUTS * OUTPUTS) / type.values) * type.bytes);
  const view = new DataView(data.buffer);
  const scales = SCALES[type.name] ?? [];
  for (let block = 0; block < data.length; block += type.bytes) {
    for (const at of scales) view.setUint16(block + at, 0x2000 + rng.integer(0x0400), true);
    if (type.name === "F32") view.setFloat32(block, rng.next() - 0.5, true);
    if (type.name === "F16")
      view.setUint16(block, 0x3000 + rng.integer(0x0400) + 0x8000 * rng.integer(2), true);
    if (type.name === "BF16")
      view.setUint16(block, 0x3e00 + rng.integer(0x0080) + 0x8000 * rng.integer(2), true);
  }
  return { name: "w", dims: [INPUTS, OUTPUTS], type, data };
}
const SCALES: Readonly<Record<string, readonly number[]>> = {
  ...{ Q4_0: [0], Q4_1: [0, 2], Q5_0: [0], Q5_1: [0, 2], Q8_0: [0], Q2_K: [80, 82], Q3_K: [108] },
  ...{ Q4_K: [0, 2], Q5_K: [0, 2], Q6_K: [208] },
};

const input = Float32Array.from({ length: INPUTS }, () => rng.next() - 0.5);

async function run(
  tensors: readonly GgufTensor[],
  precision: Precision,
): Promise<{ product: Float32Array; row: Float32Array }> {
  const name = `data-${made++}`;
  const data = new DataFile({ path: join(temp.path, name), name });
  const graph = new Graph("linear", data);
  const by = matrix(graph, tensors, precision);
  const x = graph.input("x", "f32", [1, 1, INPUTS]);
  const rows = graph.input("rows", "i64", [1, 1]);
  graph.output("product", by.multiply(graph, x), "f32", [1, 1, by.outputs]);
  graph.output("row", by.lookUp(graph, rows), "f32", [1, 1, INPUTS]);
  const path = join(temp.path, `${name}.onnx`);
  await Bun.write(path, graph.encode());
  data.finish();
  const session = await ort.InferenceSession.create(path);
  const feeds = {
    x: new ort.Tensor("float32", input, [1, 1, INPUTS]),
    rows: new ort.Tensor("int64", BigInt64Array.of(7n), [1, 1]),
  };
  const out = await session.run(feeds);
  await session.release();
  return { product: out.product?.data as Float32Array, row: out.row?.data as Float32Array };
}

function expected(tensors: readonly GgufTensor[]): Float32Array {
  const weights = tensors.flatMap(({ type, data }) => [...dequantizeBlocks(type, data)]);
  const outputs = weights.length / INPUTS;
  return Float32Array.from({ length: outputs }, (_, n) =>
    input.reduce((sum, each, k) => sum + each * weights[n * INPUTS + k]!, 0),
  );
}

/** Of the difference beside the whole. */
function relative(found: Float32Array, wanted: Float32Array): number {
  const size = (values: Iterable<number>) =>
    Math.sqrt([...values].reduce((sum, each) => sum + each * each, 0));
  return size(found.map((each, n) => each - wanted[n]!)) / size(wanted);
}

describe.each(Object.values(TENSOR_TYPES))("a matrix of $name", (type) => {
  test("is as stored when asked for exactly", async () => {
    const one = tensor(type);
    const { product, row } = await run([one], "exact");
    expect(relative(product, expected([one]))).toBeLessThan(1e-5);
    expect(relative(row, dequantizeBlocks(type, one.data).subarray(7 * INPUTS, 8 * INPUTS))).toBeLessThan(
      1e-6,
    );
  });

  test("differs by the noise of eight bits when it is to be fast", async () => {
    const one = tensor(type);
    const { product, row } = await run([one], "fast");
    expect(relative(product, expected([one]))).toBeLessThan(0.02);
    expect(relative(row, dequantizeBlocks(type, one.data).subarray(7 * INPUTS, 8 * INPUTS))).toBeLessThan(
      0.01,
    );
  });
});

test("matrices of several types stand on top of one another", async () => {
  const types = Object.values(TENSOR_TYPES).filter(({ name }) => ["Q4_K", "Q6_K", "Q8_0"].includes(name));
  const all = types.map(tensor);
  for (const precision of ["fast", "exact"] as const) {
    const { product } = await run(all, precision);
    expect(product).toHaveLength(3 * OUTPUTS);
    expect(relative(product, expected(all))).toBeLessThan(0.02);
  }
});
