/** Engines by what decides the last digits of their probabilities: which program, in which arithmetic. */
import type { ModelCard } from "../model.ts";

export type Engine = "onnx int8" | "llama.cpp q4_1" | "f32" | "vllm bf16";

const [ONNX, LLAMA, VLLM] = ["onnx", "openai (llama.cpp)", "openai (vllm)"];

/** As cards say it; what a server's operator writes comes in several spellings. */
const ENGINES: readonly { engine: Engine; backend: string | undefined; dtype: RegExp }[] = [
  { engine: "onnx int8", backend: ONNX, dtype: /^q8\/int8$/ },
  { engine: "llama.cpp q4_1", backend: LLAMA, dtype: /^q4_1$/i },
  // In single precision these two differ by less than a ten-thousandth of a nat.
  { engine: "f32", backend: ONNX, dtype: /^as stored\/f32$/ },
  { engine: "f32", backend: VLLM, dtype: /^(?:f32|fp32|float32)$/i },
  { engine: "vllm bf16", backend: VLLM, dtype: /^(?:bf16|bfloat16)$/i },
];

/** Undefined for one that was never measured. */
export const engineOf = (card: Pick<ModelCard, "backend" | "dtype">): Engine | undefined =>
  ENGINES.find(({ backend, dtype }) => backend === card.backend && dtype.test(card.dtype))?.engine;
