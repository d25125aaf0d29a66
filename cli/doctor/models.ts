/** Are the models there, and is a server what the card of its model says? */
import type { Model } from "../../models/model.ts";
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
  async run({ config, roles, clock, rng }) {
    const serves = roles.includes("model") || (roles.includes("miner") && config.models.length > 0);
    if (!serves) return skipped("models", "only the role model serves any, and a miner those that it names");
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

    async function tried(model: Model): Promise<Finding> {
      try {
        const deadline = clock.now() + LIMIT_MS;
        const { id, contextLength, backend, can } = await model.card();
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
        const more = can.embed ? `; ${await embeds(model, deadline)}` : "";
        return {
          name: "models",
          state: "ok",
          detail: `${id} (${backend}, ${contextLength.toLocaleString("en-US")} tokens) answers in ${took} ms, ${usage}${more}`,
        };
      } catch (thrown) {
        return failed(Failure.from(thrown));
      } finally {
        await model.unload();
      }
    }
  },
};

/** That it embeds, and so as its card says. */
async function embeds(model: Model, deadline: number): Promise<string> {
  const { id, embedding } = await model.card();
  const inputs = [[{ type: "text" as const, text: "Hello" }]];
  const { vectors } = await model.embed!({ model: id, inputs }, { deadline });
  const found = vectors[0]?.length ?? 0;
  if (embedding !== undefined && found !== embedding.dimensions) {
    throw new Failure("config", `${id} makes vectors of ${found} numbers, and its card says otherwise`, {
      meta: { card: embedding.dimensions },
      hint: "Correct card.embedding.dimensions in its file.",
    });
  }
  return `makes vectors of ${found} numbers`;
}

const failed = ({ code, message, meta = {}, hint }: Failure): Finding => ({
  name: "models",
  state: "fail",
  // With what it found: which server, which model, which figures.
  detail: new Failure(code, message, { meta }).toLine(),
  ...(hint === undefined ? {} : { fix: hint }),
});
