import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { Failure } from "../../protocol/failure.ts";
import { type GenerateChunk, GenerateRequest, type ModelUsage } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createProgress } from "../terminal/progress.ts";
import type { ModelsOptions } from "./options.ts";

/** `models ask NAME TEXT`: tries a model; the answer comes as it is made. */
export async function ask(
  operands: readonly string[],
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<void> {
  const [name, ...words] = operands;
  if (name === undefined || words.length === 0) {
    throw new Failure("config", "give a model and a text", {
      hint: 'E.g. bun run models ask smollm2 "What is an orrery?"',
    });
  }
  const progress = createProgress({ quiet: options.json });
  const blobs = createMemoryBlobs();
  const model = await openOnnxModel({
    folder: resolve(options.dir, name),
    device: options.device,
    clock: createSystemClock(),
    blobs,
    onNotice: (line) => options.json || console.error(line),
  });
  try {
    await model.load({ signal, onProgress: (step) => progress.update(step) });
    const { id } = await model.card();
    // A shell leaves \n as it is, and the associative model's keys begin with one.
    const text = words.join(" ").replaceAll("\\n", "\n");
    const context = options.context === undefined ? [] : [await blobs.put(await readText(options.context))];
    const request = GenerateRequest.parse({
      model: id,
      context,
      input: { type: "messages", messages: [{ role: "user", content: [{ type: "text", text }] }] },
      limits: { maxTokens: options.maxTokens },
    });
    const chunks: GenerateChunk[] = [];
    for await (const chunk of model.generate(request, { signal })) {
      if (chunk.type === "prefill") progress.update({ label: "reading", fraction: chunk.done / chunk.total });
      else progress.done();
      if (options.json) chunks.push(chunk);
      else if (chunk.type === "tokens") process.stdout.write(chunk.text);
      if (chunk.type === "end" && !options.json) console.error(`\n${usageLine(chunk.usage)}`);
    }
    if (options.json) console.log(JSON.stringify({ chunks }));
  } finally {
    progress.done();
    await model.unload();
  }
}

async function readText(path: string): Promise<string> {
  if (!existsSync(path)) throw new Failure("config", `the file ${path} does not exist`);
  return await Bun.file(join(path)).text();
}

const perSecond = (tokens: number, ms: number): string =>
  ms > 0 ? `${Math.round((1_000 * tokens) / ms)}/s` : "-";

const usageLine = ({
  promptTokens,
  cachedTokens,
  completionTokens,
  prefillMs,
  decodeMs,
}: ModelUsage): string =>
  `read ${promptTokens} tokens (${perSecond(promptTokens - cachedTokens, prefillMs)}), gave ${completionTokens} (${perSecond(completionTokens, decodeMs)})`;
