/** Small random models as folders that the onnx back end serves, in a temporary folder. */
import { join } from "node:path";
import { convertGguf } from "../../models/embedded/convert.ts";
import { type TinyArchitecture, tinyGguf } from "../../models/embedded/tiny-gguf.fixture.ts";
import type { Precision } from "../../models/onnx-graph/linear.ts";

export async function tinyModel(options: {
  parent: string;
  architecture?: TinyArchitecture;
  precision?: Precision;
  factors?: boolean;
  seed?: number;
  /** As in `tinyGguf`. */
  pooling?: number;
  shortens?: boolean;
}): Promise<string> {
  const { parent, architecture = "llama", precision = "fast", factors = false, seed = 1, pooling } = options;
  const folder = join(parent, `${architecture}-${precision}-${factors}-${seed}-${pooling}`);
  const bytes = tinyGguf({
    ...{ architecture, untied: architecture === "qwen3", factors, seed },
    ...(pooling === undefined ? {} : { pooling }),
  });
  const { shortens = false } = options;
  await convertGguf({ bytes, name: `${architecture}.gguf`, folder, id: "tiny", precision, shortens });
  return folder;
}
