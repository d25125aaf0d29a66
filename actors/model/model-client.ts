/** Asks whichever model actor is best placed, and another one when it fails before it has said anything. */
import { inOrder } from "../../models/answer/in-order.ts";
import { opened } from "../../models/answer/opened.ts";
import { type Asking, prefixOf } from "../../models/routing/prefix.ts";
import { preferred } from "../../models/routing/rendezvous.ts";
import { Failure } from "../../protocol/failure.ts";
import type {
  EmbedRequest,
  EmbedResult,
  GenerateChunk,
  GenerateRequest,
  ModelCard,
  ModelId,
  ScoreRequest,
  ScoreResult,
  TokenizeRequest,
  TokenizeResult,
} from "../../protocol/model.ts";
import { type ModelReport, Models } from "../../protocol/services/model.ts";
import type { Node } from "../../runtime/node.ts";
import type { CallOptions } from "../../runtime/services.ts";
import type { ModelDirectory } from "./directory.ts";

export interface ModelCaller extends CallOptions {
  /** Whose share of the models it is; without it, this node's. */
  caller?: string;
  /** `generate` and `score`: told the card of the actor that answers; of a stream before its first chunk. */
  onCard?: (card: ModelCard) => void;
}

export interface ModelClient {
  generate(request: GenerateRequest, options?: ModelCaller): AsyncIterable<GenerateChunk>;
  score(request: ScoreRequest, options?: ModelCaller): Promise<ScoreResult>;
  embed(request: EmbedRequest, options?: ModelCaller): Promise<EmbedResult>;
  tokenize(request: TokenizeRequest, options?: ModelCaller): Promise<TokenizeResult>;
}

const ATTEMPTS = 3;

/** Fails with `not-found` when nobody serves the model, otherwise as the actor that was asked last. */
export function createModelClient(node: Node, directory: ModelDirectory): ModelClient {
  const client = node.client(Models);

  /** Where to ask, best first. Actors that could not load the model come last. */
  function places(model: ModelId, prefix: string): ModelReport[] {
    const all = directory.serving(model);
    if (all.length === 0) {
      throw new Failure("not-found", `nobody serves the model ${model}`, {
        meta: {
          model,
          served: directory
            .cards()
            .map(({ id }) => id)
            .join(", ")
            .slice(0, 500),
        },
        hint: "Ask for one that is listed, or start a node with --role model.",
      });
    }
    const loaded = (report: ModelReport) => ({
      report,
      name: report.actor,
      load: (report.running + report.waiting) / report.slots,
    });
    const [well, failed] = [
      all.filter(({ status }) => status !== "failed"),
      all.filter(({ status }) => status === "failed"),
    ];
    return [...preferred(well.map(loaded), prefix), ...preferred(failed.map(loaded), prefix)].map(
      ({ report }) => report,
    );
  }

  async function anywhere<T>(
    request: Asking,
    caller: string | undefined,
    ask: (actor: string, card: ModelCard) => Promise<T>,
  ): Promise<T> {
    const candidates = places(request.model, prefixOf(request, caller));
    for (const [n, { actor, card }] of candidates.entries()) {
      try {
        return await ask(actor, card);
      } catch (thrown) {
        if (!worthAnother(thrown) || n + 1 >= Math.min(ATTEMPTS, candidates.length)) throw thrown;
        node.log.warn("model actor failed, asking another", {
          actor,
          problem: Failure.from(thrown).toLine(),
        });
      }
    }
    throw new Failure("unavailable", "no model actor could be asked");
  }

  return {
    generate: (request, { caller, onCard, ...options } = {}) =>
      opened(() =>
        // Only up to the first chunk: half an answer cannot be taken back.
        anywhere(request, caller, async (key, card) => {
          const rest = inOrder(client.generate(asking(request, caller), { ...options, key }));
          const first = await rest.next();
          onCard?.(card);
          return { first, rest };
        }),
      ),
    score: (request, { caller, onCard, ...options } = {}) =>
      anywhere(request, caller, async (key, card) => {
        const result = await client.score(asking(request, caller), { ...options, key });
        onCard?.(card);
        return result;
      }),
    embed: (request, { caller, ...options } = {}) =>
      anywhere(request, caller, (key) => client.embed(asking(request, caller), { ...options, key })),
    tokenize: (request, { caller, ...options } = {}) =>
      anywhere(request, caller, (key) => client.tokenize(asking(request, caller), { ...options, key })),
  };
}

const asking = <R>(request: R, caller: string | undefined) =>
  caller === undefined ? { request } : { caller, request };

/** Another actor may well succeed: this one is gone, full, or lost a message. The caller's own end is not worth one. */
function worthAnother(thrown: unknown): boolean {
  const { code, retryable } = Failure.from(thrown);
  return code === "gap" || (retryable && code !== "timeout");
}
