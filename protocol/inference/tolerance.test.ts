import { describe, expect, test } from "bun:test";
import { scriptedCard } from "../../models/scripted/card.ts";
import { Challenge, type Computing } from "./challenge.ts";
import { toleranceFor, unfitFor } from "./judged.ts";
import { toleranceBetween } from "./tolerance.ts";

const int8: Computing = { backend: "onnx", dtype: "q8/int8", versions: { onnxruntime: "1.30.0" } };
const exact: Computing = { ...int8, dtype: "as stored/f32" };
const vllm = (dtype: string, versions = {}): Computing => ({ backend: "openai (vllm)", dtype, versions });
const llama: Computing = { backend: "openai (llama.cpp)", dtype: "Q4_1", versions: {} };

describe("the tolerance between two engines", () => {
  test("is narrow where the same one computes at both ends, and wide where another does", () => {
    const narrow = toleranceBetween(int8, int8)!;
    expect(narrow.positions).toBeUndefined();
    for (const miner of [vllm("float32"), vllm("bf16"), llama]) {
      const wide = toleranceBetween(miner, int8)!;
      expect(wide.deviation).toBeGreaterThan(narrow.deviation);
      expect(wide.positions).toBeGreaterThan(96);
    }
  });

  test("takes single precision for the same whoever computes, and however it is spelt", () => {
    for (const dtype of ["f32", "float32", "FP32"])
      expect(toleranceBetween(vllm(dtype), exact)).toEqual(toleranceBetween(exact, exact)!);
    expect(toleranceBetween(int8, exact)).toEqual(toleranceBetween(int8, vllm("float32"))!);
  });

  test("of another version is that of another engine, the widest one", () => {
    const newer = { ...int8, versions: { onnxruntime: "1.31.0" } };
    expect(toleranceBetween(newer, int8)).toEqual(toleranceFor(int8, [llama, vllm("f32"), vllm("bf16")])!);
    expect(toleranceBetween(vllm("f32", { vllm: "0.40.0" }), int8)).toEqual(
      toleranceBetween(vllm("f32"), int8)!,
    );
  });

  test("is none where nobody has measured", () => {
    for (const other of [vllm("fp8"), { ...llama, dtype: "q6_k" }, { ...int8, backend: "openai (sglang)" }]) {
      expect(toleranceBetween(other, int8)).toBeUndefined();
      expect(toleranceBetween(int8, other)).toBeUndefined();
    }
  });

  test("is not given for fewer claims than it was measured with", () => {
    const own = { ...scriptedCard({ id: "m", seed: 1, contextLength: 4_000 }), ...int8 };
    const asked = (steps: number, positions: number, engines?: Computing[]) =>
      Challenge.parse({ model: "m", prompt: [1], steps, positions, ...(engines ? { engines } : {}) });
    expect(unfitFor(own, asked(16, 96))).toBeUndefined();
    expect(unfitFor(own, asked(16, 96, [vllm("f32")]))).toMatchObject({
      ...{ code: "config", hint: "Check at least 192, of 32 steps of 8 tokens or more." },
    });
    expect(unfitFor(own, asked(16, 192, [vllm("f32")]))).toMatchObject({ code: "config" });
    expect(unfitFor(own, asked(32, 192, [vllm("f32")]))).toBeUndefined();
  });
});
