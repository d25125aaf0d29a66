/** Asks one miner one task and observes what comes back: an answer, or why there is none. */

import { INLINE_LIMIT } from "../../protocol/blob.ts";
import type { ContentPart } from "../../protocol/content.ts";
import { cutText } from "../../protocol/cut-text.ts";
import type { AnswerEvidence } from "../../protocol/evidence.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Outcome } from "../../protocol/outcome.ts";
import { Miner } from "../../protocol/services/miner.ts";
import type { PublicTask } from "../../protocol/task.ts";
import type { Node } from "../../runtime/node.ts";
import { minerOutcome } from "./miner-outcome.ts";

/** Largest answer, in bytes: the longest LongBench answer is 512 tokens. */
const MAX_ANSWER = INLINE_LIMIT;
/** Most chunks: a stream of empty ones would cost the validator for as long as the task may take. */
const MAX_CHUNKS = 8_192;
/** Images and files of one answer; its text is one part more. */
const MAX_PARTS = 63;
const FIRST_RETRY_MS = 500;
const LAST_RETRY_MS = 10_000;

type Answer = Pick<AnswerEvidence, "outcome" | "content" | "detail" | "usage">;

/**
 * Asks until a complete answer arrived or the task's deadline passed: a miner that was restarted, or a link that
 * broke, costs the miner nothing but time. Fails only when `signal` aborts.
 */
export async function askMiner(
  node: Node,
  uid: number,
  task: PublicTask,
  signal: AbortSignal,
): Promise<Answer> {
  const started = node.clock.monotonic();
  let last = "no answer before the deadline";
  for (let wait = FIRST_RETRY_MS; ; wait = Math.min(wait * 2, LAST_RETRY_MS)) {
    try {
      return await askOnce(node, uid, task, signal);
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (signal.aborted) throw failure;
      const outcome = minerOutcome(failure);
      if (outcome !== undefined) return none(outcome, failure.toLine(), node.clock.monotonic() - started);
      last = failure.toLine();
    }
    const left = task.deadline - node.clock.now();
    if (left <= 0) return none("timeout", last, node.clock.monotonic() - started);
    await node.clock.sleep(Math.min(wait, left), signal);
  }
}

async function askOnce(node: Node, uid: number, task: PublicTask, signal: AbortSignal): Promise<Answer> {
  const started = node.clock.monotonic();
  const parts: ContentPart[] = [];
  let text = "";
  let firstTokenMs: number | null = null;
  let chunks = 0;
  let bytes = 0;
  const within = (what: string, value: number, most: number) => {
    if (value > most) throw new Failure("limit", `the answer has too many ${what}`, { meta: { most } });
  };
  const answer = node.client(Miner).answer(task, { key: String(uid), deadline: task.deadline, signal });
  for await (const chunk of answer) {
    firstTokenMs ??= node.clock.monotonic() - started;
    within("chunks", ++chunks, MAX_CHUNKS);
    for (const part of chunk.content) {
      if (part.type === "text") {
        text += part.text;
        bytes += Buffer.byteLength(part.text);
        within("bytes", bytes, MAX_ANSWER);
      } else within("parts", parts.push(part), MAX_PARTS);
    }
  }
  return {
    outcome: "ok",
    content: text === "" ? parts : [{ type: "text", text }, ...parts],
    usage: { firstTokenMs, totalMs: node.clock.monotonic() - started, chunks, bytes },
  };
}

const none = (outcome: Outcome, detail: string, totalMs: number): Answer => ({
  outcome,
  content: [],
  detail: cutText(detail, 2_000),
  usage: { firstTokenMs: null, totalMs, chunks: 0, bytes: 0 },
});
