/** Has a validator whose subnet challenges models one to judge by, and can it judge? */
import { challengesOf } from "../../actors/validator/judge-models.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Challenge } from "../../protocol/inference/challenge.ts";
import { unfitFor } from "../../protocol/inference/judged.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { openModels } from "../node/models.ts";
import { loadSubnet } from "../node/subnets.ts";
import { type Check, type Finding, skipped } from "./check.ts";

const NAME = "model to judge by";
const silent: Logger = { debug() {}, info() {}, warn() {}, error() {}, child: () => silent };

export const judgeModel: Check = {
  name: NAME,
  async run({ config, roles, clock, rng }) {
    if (!roles.includes("validator")) return skipped(NAME, "only validators judge");
    try {
      const asked = challengesOf(await loadSubnet(config.subnet, config));
      if (asked.length === 0) return skipped(NAME, `subnet ${config.subnet} challenges no models`);
      if (!roles.includes("model")) return asked.map((each) => elsewhere(each, config.nats !== undefined));
      const opened = await openModels({
        ...{ models: config.models, clock, rng, blobs: createMemoryBlobs(), log: silent },
        memoryBytes: config.modelMemoryMb * 1024 * 1024,
      });
      const cards = await Promise.all(opened.map((model) => model.card()));
      await Promise.all(opened.map((model) => model.unload()));
      return asked.map((each): Finding => {
        const card = cards.find(({ id }) => id === each.model);
        if (card === undefined) return elsewhere(each, config.nats !== undefined);
        const unfit = unfitFor(card, each);
        if (unfit === undefined)
          return { name: NAME, state: "ok", detail: `${card.id} (${card.backend}, ${card.dtype})` };
        return failed(unfit);
      });
    } catch (thrown) {
      return failed(Failure.from(thrown));
    }
  },
};

/** On a network with others another node may serve it: rounds begin when one does. */
const elsewhere = ({ model }: Challenge, others: boolean): Finding => ({
  name: NAME,
  state: others ? "warn" : "fail",
  detail: others
    ? `miners are challenged beside ${model}, which a model actor of this cluster must serve`
    : `miners are challenged beside ${model}, and there is none here`,
  fix: `Start a node with --role model --models ${model}, or add both here.`,
});

const failed = ({ message, hint }: Failure): Finding => ({
  name: NAME,
  state: "fail",
  detail: message,
  ...(hint === undefined ? {} : { fix: hint }),
});
