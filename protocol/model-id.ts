import { z } from "zod";

/** A model's name as its makers write it, e.g. `smollm2` or `Qwen/Qwen3-Next-80B-A3B-Thinking`. */
export const ModelId = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._:-]*(?:\/[A-Za-z0-9][A-Za-z0-9._:-]*)*$/)
  .max(128);
export type ModelId = z.infer<typeof ModelId>;
