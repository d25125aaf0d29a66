/** What a reader that keeps no rule can do to a node that serves streams, and to its other readers. */
import { expect, test } from "bun:test";
import { z } from "zod";
import { decodeEnvelope, encodeEnvelope, type FrameType } from "../../protocol/envelope.ts";
import { implement, service, stream } from "../../protocol/service.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import { createServices } from "../create-services.ts";
import { createSeededRng } from "../ports/seeded-rng.ts";
import type { ServeOptions } from "../services.ts";
import { VirtualClock } from "../simulation/virtual-clock.ts";
import { createMemoryNetwork } from "../transport/memory.ts";
import { WINDOW } from "./stream-window.ts";

const Counting = service(
  "counting",
  1,
  { servedBy: ["model"], summary: "Under test." },
  { count: stream(z.object({}), z.object({ n: z.number() }), { calledBy: ["gateway"], timeoutMs: 600_000 }) },
);
const SUBJECT = "orr.n.counting.v1.count";
/** The largest number that a header carries. */
const ABSURD = 36 ** 10 - 1;

/** A node that counts as far as it may, a stranger that speaks by hand, and a node that keeps the rules. */
async function counting(options: ServeOptions = {}) {
  const clock = new VirtualClock();
  const network = createMemoryNetwork({ clock });
  const rng = createSeededRng(3);
  const metrics = keptMetrics();
  const node = (name: string) =>
    createServices({
      ...{ transport: network.connect({ name }), clock, rng, net: "n", node: name, log: keptLog(), metrics },
    });
  const made: number[] = [];
  let open = 0;
  const server = node("server");
  await server.serve(
    implement(Counting, {
      async *count() {
        const stream = made.push(0) - 1;
        open++;
        try {
          for (let n = 0; ; n++) {
            made[stream] = n;
            yield { n };
          }
        } finally {
          open--;
        }
      },
    }),
    options,
  );
  const stranger = network.connect({ name: "stranger" });
  const frame = (type: FrameType, id: string, seq: number, body?: object) =>
    encodeEnvelope(
      { ...{ type, schema: "counting.count.input", version: 1, id, sender: "stranger" }, seq },
      body,
      { maxBytes: 1_000 },
    );
  /** Ids of the stranger's streams, and what else it was told. */
  const heard = { ids: new Map<string, string>(), failures: [] as string[] };
  stranger.subscribe("_INBOX.s.~1.*", ({ subject, data }) => {
    const { type, id } = decodeEnvelope(data, { maxBytes: 100_000 });
    if (type === "open") heard.ids.set(subject.slice(subject.lastIndexOf(".") + 1), id);
    if (type === "err") heard.failures.push(new TextDecoder().decode(data));
  });
  const ask = (token: string, seq: number) =>
    stranger.publish(SUBJECT, frame("open", `q${token}`, seq, {}), { reply: `_INBOX.s.~1.${token}` });
  const control = (id: string, data: Uint8Array) => stranger.publish(`${SUBJECT}_ctl.${id}`, data);
  const say = (id: string, type: FrameType, seq: number) => control(id, frame(type, "any", seq));
  const stats = () => server.stats()[0]!;
  return {
    ...{ clock, made, heard, ask, say, control, stats, metrics },
    open: () => open,
    reader: node("reader"),
  };
}

test("absurd credit is worth one window, at the opening and later, and old credit nothing", async () => {
  const { clock, made, heard, ask, say } = await counting();
  ask("1", ABSURD);
  await clock.advance(100);
  // The last one made waits for credit.
  expect(made).toEqual([WINDOW]);
  const id = heard.ids.get("1")!;
  say(id, "credit", ABSURD);
  await clock.advance(100);
  expect(made).toEqual([2 * WINDOW]);
  for (let n = 0; n < 1_000; n++) say(id, "credit", n % (2 * WINDOW));
  await clock.advance(100);
  expect(made).toEqual([2 * WINDOW]);
});

test("what is said about the streams of others moves nothing, nor does what cannot be read", async () => {
  const { clock, made, heard, ask, say, control, open, reader, metrics } = await counting();
  const numbers = reader.client(Counting).count({})[Symbol.asyncIterator]();
  await numbers.next();
  ask("1", 1);
  await clock.advance(100);
  const before = [...made];
  const own = heard.ids.get("1")!;
  for (const id of ["x", own.slice(1), `${own}0`, own.toUpperCase(), "__proto__", "constructor"]) {
    for (const type of ["cancel", "credit"] as const) say(id, type, ABSURD);
  }
  for (const junk of ["", "orr1", "orr1 j credit", "x".repeat(10_000), "\u0000"]) {
    control(own, new TextEncoder().encode(junk));
  }
  await clock.advance(100);
  expect([made, open()]).toEqual([before, 2]);
  await clock.advance(1_000);
  const labels = { service: "counting", method: "count", reason: "malformed" };
  expect(metrics.read("orrery_dropped_total", labels)).toBe(5);
  say(own, "cancel", 0);
  await clock.advance(100);
  expect(open()).toBe(1);
  expect((await numbers.next()).value).toEqual({ n: 1 });
  await numbers.return?.();
});

test("ten thousand streams that nobody reads take the places there are for a minute, and no more", async () => {
  const { clock, made, heard, ask, stats, open, reader } = await counting({
    concurrency: 64,
    mailbox: { capacity: 256, overload: "reject" },
  });
  for (let n = 0; n < 10_000; n++) ask(n.toString(36), ABSURD);
  await clock.advance(1_000);
  expect([open(), stats().waiting, heard.failures.length]).toEqual([64, 256, 10_000 - 64 - 256]);
  expect(heard.failures.every((failure) => failure.includes("overloaded"))).toBe(true);
  expect(made).toEqual(Array(64).fill(WINDOW));
  // The stranger says nothing any more: silence ends those that run, and those that wait are not begun.
  await clock.advance(60_000);
  expect([open(), stats().waiting]).toEqual([0, 0]);
  expect((await reader.client(Counting).count({})[Symbol.asyncIterator]().next()).value).toEqual({ n: 0 });
});
