/** What tests ask of a tiny model in a process of its own, by each way into ONNX Runtime. */
import { GenerateRequest } from "../../protocol/model.ts";
import type { Model } from "../model.ts";
import type { Route } from "./routes.ts";

export const ROUTES: Route[] = [
  ...(process.platform === "linux" ? [{ runtime: "c-api", device: "cpu" } as const] : []),
  { runtime: "n-api", device: "cpu" },
];
export const PROMPT = "The fox and the hedgehog went into the forest, and there they met an owl.";

export const ask = (changes: Record<string, unknown> = {}) =>
  GenerateRequest.parse({
    model: "tiny",
    input: { type: "prompt", prompt: [{ type: "text", text: PROMPT }] },
    sampling: { ignoreEnd: true },
    limits: { maxTokens: 16 },
    ...changes,
  });

export async function answer(model: Model, request = ask()) {
  const tokens: number[] = [];
  for await (const chunk of model.generate(request)) {
    if (chunk.type === "tokens") tokens.push(...chunk.tokens);
    if (chunk.type === "end") return { tokens, usage: chunk.usage };
  }
  throw new Error("no end");
}

/** Unloads it at the end. */
export async function using<T>(model: Model, work: (model: Model) => Promise<T>): Promise<T> {
  try {
    return await work(model);
  } finally {
    await model.unload();
  }
}
