/** Takes orders, works on several at a time, and reports. */
import { Failure } from "../../../protocol/failure.ts";
import { numbered } from "../../answer/numbered.ts";
import { Credit } from "./credit.ts";
import { embed } from "./embed.ts";
import { generate } from "./generate.ts";
import type { Order, Report } from "./messages.ts";
import { score } from "./score.ts";
import { tokensOf, type Workplace } from "./work.ts";

type WorkOrder = Extract<Order, { type: "generate" | "score" | "embed" | "tokenize" }>;

export function createWorker(place: Workplace, send: (report: Report) => void): (order: Order) => void {
  const calls = new Map<number, { abort: AbortController; credit: Credit }>();

  async function work(order: WorkOrder, signal: AbortSignal, credit: Credit): Promise<void> {
    const { call } = order;
    if (order.type === "tokenize")
      return send({ type: "tokenized", call, tokens: tokensOf(place, order.segments, true) });
    if (order.type === "score")
      return send({ type: "scored", call, result: await score(place, order, signal) });
    if (order.type === "embed")
      return send({ type: "embedded", call, result: await embed(place, order, signal) });
    let seq = 0;
    for await (const { chunk, state } of generate(place, order, signal)) {
      await credit.take(signal);
      send({ type: "chunk", call, chunk: numbered(chunk, seq++), ...(state === undefined ? {} : { state }) });
    }
  }

  async function begin(order: WorkOrder): Promise<void> {
    const abort = new AbortController();
    const credit = new Credit(order.type === "generate" ? order.credit : 1);
    calls.set(order.call, { abort, credit });
    try {
      await work(order, abort.signal, credit);
    } catch (thrown) {
      send({ type: "failed", call: order.call, failure: Failure.from(thrown).toWire() });
    } finally {
      calls.delete(order.call);
    }
  }

  return (order) => {
    if (order.type === "credit") calls.get(order.call)?.credit.add(order.chunks);
    else if (order.type === "cancel")
      calls.get(order.call)?.abort.abort(new Failure("cancelled", "the call was given up"));
    else void begin(order);
  };
}
