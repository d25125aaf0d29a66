/** Tool calls of a program that is run by hand: everything the tools file offers, under a budget, receipts on disk. */
import { join, resolve } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import type { IsolateEvidence, IsolateRequest } from "../../protocol/isolate.ts";
import type { ModelId } from "../../protocol/model.ts";
import { ToolBudget, type ToolEvidence } from "../../protocol/tools.ts";
import { createDirectoryBlobs } from "../../runtime/ports/directory-blobs.ts";
import type { Blobs, Clock } from "../../runtime/ports/index.ts";
import { createSqliteStore } from "../../runtime/ports/sqlite-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
import type { ToolSession } from "../../sandbox/tool-channel.ts";
import { createToolGateway } from "../../sandbox/tools/gateway.ts";
import { storeTapes } from "../../sandbox/tools/tape.ts";
import { cliLogger } from "../terminal/cli-logger.ts";
import { keptReceiptKey } from "./receipt-key.ts";
import { openToolParts, type ToolModels } from "./tool-parts.ts";

/** Caster's budget of a task, and room for it. */
export const DEFAULT_BUDGET: ToolBudget = {
  nanoUsd: 50_000_000,
  tokens: 1_000_000,
  calls: 200,
  bytes: 16 * 1024 * 1024,
  wallMs: 300_000,
};
/** Kept apart from a node's data: they are a miner's own. */
export const RECEIPTS = join(".orrery", "receipts");

export interface ByHand {
  tools?: string | undefined;
  budget: { [Unit in keyof ToolBudget]?: number | undefined };
  receipts: string;
}

export interface ToolsUsed extends ToolEvidence {
  /** Path of the book. */
  book: string;
}

/** Runs a program with a session, or without one where no tools file is named. */
export async function runWithTools(
  { tools, budget, receipts }: ByHand,
  request: IsolateRequest,
  run: (request: IsolateRequest, options: { tools?: ToolSession }) => Promise<IsolateEvidence>,
): Promise<{ evidence: IsolateEvidence; used: ToolsUsed | undefined }> {
  if (tools === undefined) return { evidence: await run(request, {}), used: undefined };
  const folder = resolve(receipts);
  const clock = createSystemClock();
  const blobs = createDirectoryBlobs({ path: folder });
  const signer = await keptReceiptKey(join(folder, "key"));
  const { providers, prices, answers } = await openToolParts({
    ...{ path: tools, signer },
    models: (ids) => ownModels(ids, { clock, blobs }),
  });
  const store = createSqliteStore({ path: join(folder, "answers.sqlite") });
  const gateway = createToolGateway({
    ...{ clock, blobs, signer, providers },
    ...(prices === undefined ? {} : { prices }),
    ...(answers === "replay" ? { tape: { open: storeTapes({ store, blobs }), only: true } } : {}),
    ...(answers === "record" ? { tape: { open: storeTapes({ store, blobs }), only: false } } : {}),
  });
  try {
    const granted = {
      ...gateway.offers(),
      budget: ToolBudget.parse({ ...DEFAULT_BUDGET, ...JSON.parse(JSON.stringify(budget)) }),
    };
    const session = await gateway.open({ session: "by-hand", profile: granted });
    const evidence = await run(withSdk({ ...request, tools: granted }), { tools: session });
    const closed = await session.close();
    const { sha256 } = closed.evidence.receipts;
    return { evidence, used: { ...closed.evidence, book: join(receipts, sha256.slice(0, 2), sha256) } };
  } finally {
    await gateway.close();
    store.close();
  }
}

/** Memory for what models remember of running requests. */
const MODEL_MEMORY = 1024 ** 3;

/** Models that run here: there is no network to ask. */
async function ownModels(
  ids: readonly ModelId[],
  ports: { clock: Clock; blobs: Blobs },
): Promise<ToolModels> {
  const { openModels } = await import("../node/models.ts");
  const log = cliLogger();
  const opened = await openModels({
    ...{ models: ids, rng: createSystemRng(), log, memoryBytes: MODEL_MEMORY },
    ...ports,
  });
  const byId = new Map(
    await Promise.all(opened.map(async (model) => [(await model.card()).id, model] as const)),
  );
  return {
    async *generate(request, { signal, onCard }) {
      const model = byId.get(request.model);
      if (model !== undefined) {
        onCard(await model.card());
        return yield* model.generate(request, { signal });
      }
      throw new Failure("config", `there is no model ${request.model} here`, {
        hint: `There are ${[...byId.keys()].join(", ")}.`,
      });
    },
    async close() {
      await Promise.allSettled(opened.map((model) => model.unload()));
    },
  };
}

export const toolsLine = ({ calls, failed, spent, book }: ToolsUsed): string =>
  `tools: ${calls} calls (${failed} failed), $${(spent.nanoUsd / 1e9).toFixed(6)}, ${spent.tokens} tokens; receipts: ${book}`;
