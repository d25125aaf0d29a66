/** The miner role: hands in its program when asked, and answers tasks as a stream. */

import { INLINE_LIMIT } from "../../protocol/blob.ts";
import { digest } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import { implement } from "../../protocol/service.ts";
import { Miner } from "../../protocol/services/miner.ts";
import type { Program } from "../../protocol/submission.ts";
import type { Node } from "../../runtime/node.ts";
import { readText } from "./content.ts";

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
  /** Answers at once. */
  concurrency?: number;
}

export async function startMiner({
  node,
  uid,
  program,
  answer,
  concurrency = 4,
}: MinerOptions): Promise<void> {
  const served = await node.serve(
    implement(Miner, {
      async submission({ kind, have }) {
        const current = await program?.(kind);
        if (current === undefined) return { status: "none" };
        if (have !== undefined && have === digest(current)) return { status: "unchanged" };
        return { status: "program", program: current };
      },
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
}
