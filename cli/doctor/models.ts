/** Are the models there, and is a server what the card of its model says? */
import { Failure } from "../../protocol/failure.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { openModels } from "../node/models.ts";
import { type Check, type Finding, skipped } from "./check.ts";

const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };
const LIMIT_MS = 60_000;

export const models: Check = {
  name: "models",
  async run({ config, clock, rng }) {
    if (!config.role.includes("model")) return skipped("models", "only the role model serves any");
    if (config.models.length === 0) {
      return {
        name: "models",
        state: "fail",
        detail: "no model is named",
        fix: "--models smollm2, or a file",
      };
    }
    try {
      const blobs = createMemoryBlobs();
      const memoryBytes = config.modelMemoryMb * 1024 * 1024;
      const opened = await openModels({ models: config.models, clock, rng, blobs, log: silent, memoryBytes });
      const findings: Finding[] = [];
      for (const model of opened) findings.push(await tried(model));
      return findings;
    } catch (thrown) {
      return failed(Failure.from(thrown));
    }

    async function tried(model: Awaited<ReturnType<typeof openModels>>[number]): Promise<Finding> {
      try {
        const deadline = clock.now() + LIMIT_MS;
        const { id, contextLength, backend } = await model.card();
        const began = clock.monotonic();
        const request = GenerateRequest.parse({
          model: id,
          input: { type: "prompt", prompt: [{ type: "text", text: "Hello" }] },
          limits: { maxTokens: 1 },
        });
        let usage = "";
        for await (const chunk of model.generate(request, { deadline })) {
          if (chunk.type === "end") usage = `${chunk.usage.promptTokens} tokens read`;
        }
        const took = Math.round(clock.monotonic() - began);
        return {
          name: "models",
          state: "ok",
          detail: `${id} (${backend}, ${contextLength.toLocaleString("en-US")} tokens) answers in ${took} ms, ${usage}`,
        };
      } catch (thrown) {
        return failed(Failure.from(thrown));
      } finally {
        await model.unload();
      }
    }
  },
};

const failed = ({ message, hint }: Failure): Finding => ({
  name: "models",
  state: "fail",
  detail: message,
  ...(hint === undefined ? {} : { fix: hint }),
});
