/** The miner role: hands in its program when asked, answers tasks as a stream, and serves its models to validators. */

import type { Scheduler } from "../../models/scheduler/scheduler.ts";
import { INLINE_LIMIT } from "../../protocol/blob.ts";
import { digest } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import { implement } from "../../protocol/service.ts";
import { Miner } from "../../protocol/services/miner.ts";
import type { Program } from "../../protocol/submission.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import { readText } from "./content.ts";
import { servedModels } from "./served-models.ts";

/** Produces an answer piece by piece; `text` is the task's whole content. */
export type Answerer = (input: {
  id: string;
  round: number;
  kind: string;
  body: Json;
  text: string;
  signal: AbortSignal;
}) => AsyncIterable<string>;

export interface MinerOptions {
  node: Node;
  uid: number;
  /** Program per kind of task; read anew at every request, so that a miner can improve without a restart. */
  program?: (kind: string) => Promise<Program | undefined>;
  answer?: Answerer;
  /** Models that validators may challenge, each behind a scheduler with its limits. */
  models?: readonly Scheduler[];
  /** Answers at once. Default 4, with models 64: their schedulers give the turns. */
  concurrency?: number;
}

export async function startMiner({
  node,
  uid,
  program,
  answer,
  models = [],
  concurrency = models.length === 0 ? 4 : 64,
}: MinerOptions): Promise<void> {
  const own = servedModels(models);
  const served = await node.serve(
    implement(Miner, {
      async submission({ kind, have }) {
        const current = await program?.(kind);
        if (current === undefined) return { status: "none" };
        if (have !== undefined && have === digest(current)) return { status: "unchanged" };
        return { status: "program", program: current };
      },
      async card({ model }) {
        const card = await own.card(model);
        return card === undefined ? { status: "none" } : { status: "card", card };
      },
      generate: (request, context: Context) => own.generate(request, context),
      async *answer(task, context) {
        const { id, round, kind, body } = task;
        if (answer === undefined) {
          throw new Failure("refused", "this miner answers no questions", { meta: { uid, kind } });
        }
        const text = await readText(task.content, { services: node, validator: task.validator, context });
        for await (const piece of answer({ id, round, kind, body, text, signal: context.signal })) {
          for (let at = 0; at < piece.length; at += INLINE_LIMIT / 4) {
            yield { content: [{ type: "text", text: piece.slice(at, at + INLINE_LIMIT / 4) }] };
          }
        }
      },
    }),
    { key: String(uid), concurrency, mailbox: { capacity: 64, overload: "reject" } },
  );
  node.onDrain("stop-accepting", `miner ${uid}`, async (options) => void (await served.drain(options)));
  node.onDrain("close", `models of miner ${uid}`, async () => {
    await Promise.all(models.map((model) => model.close()));
  });
}
