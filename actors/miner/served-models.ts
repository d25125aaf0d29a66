/** A miner's models as validators reach them: prompts that come with the question, and no more of the model than others get. */
import type { Scheduler } from "../../models/scheduler/scheduler.ts";
import type { Content } from "../../protocol/content.ts";
import { Failure } from "../../protocol/failure.ts";
import type { GenerateChunk, GenerateRequest, ModelCard, ModelInput } from "../../protocol/model.ts";
import type { Context } from "../../runtime/context.ts";

export interface ServedModels {
  /** Undefined where no such model is served. */
  card(id: string): Promise<ModelCard | undefined>;
  /** Fails with `refused` for what the miner does not serve, and as the scheduler does. */
  generate(request: GenerateRequest, context: Context): AsyncIterable<GenerateChunk>;
}

export function servedModels(models: readonly Scheduler[]): ServedModels {
  async function find(id: string): Promise<{ model: Scheduler; card: ModelCard } | undefined> {
    for (const model of models) {
      const card = await model.card();
      if (card.id === id) return { model, card };
    }
    return undefined;
  }
  return {
    card: async (id) => (await find(id))?.card,
    async *generate(request, { sender, signal, deadline }) {
      const found = await find(request.model);
      if (found === undefined) {
        throw new Failure("refused", "this miner does not serve that model", {
          meta: { model: request.model },
        });
      }
      checkPlain(request);
      // Each validator has its own share, so that one with many questions does not slow down another's.
      yield* found.model.generate(request, { signal, deadline, caller: `validator ${sender}` });
    },
  };
}

/** What would be read from a store that the miner may not read, or would let a stranger take its memory along. */
function checkPlain({ context, input, resume, snapshot, limits }: GenerateRequest): void {
  const plain = context.length === 0 && contentOf(input).every(({ type }) => type === "text");
  if (plain && resume === undefined && !snapshot && limits.overflow === "refuse") return;
  throw new Failure("refused", "this miner answers prompts that come with the question, and nothing else", {
    hint: "Leave out context, references, resume, snapshot and overflow.",
  });
}

function contentOf(input: ModelInput): Content {
  if (input.type === "tokens") return [];
  return input.type === "prompt" ? input.prompt : input.messages.flatMap(({ content }) => content);
}
