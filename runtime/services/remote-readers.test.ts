import { expect, test } from "bun:test";
import { z } from "zod";
import { encodeEnvelope } from "../../protocol/envelope.ts";
import { implement, request, service, stream } from "../../protocol/service.ts";
import { keptLog, keptMetrics } from "../../test/support/quiet.ts";
import { createServices } from "../create-services.ts";
import { createSeededRng } from "../ports/seeded-rng.ts";
import { VirtualClock } from "../simulation/virtual-clock.ts";
import { createMemoryNetwork } from "../transport/memory.ts";
import { PULSE_MS } from "./pulse.ts";
import { RETURN_MS } from "./remote-readers.ts";
import { WINDOW } from "./stream-window.ts";

const Ticking = service(
  "ticking",
  1,
  { servedBy: ["model"], summary: "Under test." },
  {
    tick: stream(z.object({}), z.object({ n: z.number() }), { calledBy: ["gateway"], timeoutMs: 600_000 }),
    wait: request(z.object({}), z.object({}), { calledBy: ["gateway"], timeoutMs: 600_000 }),
  },
);
const TICK_MS = 5;
const NEVER_MS = 500_000;

/** A node that ticks, its first time after `firstMs`, or answers then; and a connection that asks it by hand. */
async function ticking({ firstMs = 0 } = {}) {
  const clock = new VirtualClock();
  const network = createMemoryNetwork({ clock });
  const [server, asker] = [network.connect({ name: "server" }), network.connect({ name: "asker" })];
  let open = 0;
  const ports = { transport: server, clock, rng: createSeededRng(7) };
  await createServices({
    ...{ ...ports, net: "n", node: "server", log: keptLog(), metrics: keptMetrics() },
  }).serve(
    implement(Ticking, {
      async *tick(_: object, { signal }: { signal: AbortSignal }) {
        open++;
        try {
          await clock.sleep(firstMs, signal);
          for (let n = 0; ; n++) {
            yield { n };
            await clock.sleep(TICK_MS, signal);
          }
        } finally {
          open--;
        }
      },
      async wait(_: object, { signal }: { signal: AbortSignal }) {
        open++;
        await clock.sleep(firstMs, signal).finally(() => open--);
        return {};
      },
    }),
  );
  /** Frames of a place, the receipts that were asked for with them, and those that are failures. */
  const heard = { frames: 0, receipts: [] as string[], failures: [] as string[] };
  const listen = (place: string) =>
    asker.subscribe(`${place}.*`, ({ reply, data }) => {
      heard.frames++;
      const text = new TextDecoder().decode(data);
      if (text.startsWith("orr1 j err ")) heard.failures.push(text);
      if (reply !== undefined) heard.receipts.push(reply);
    });
  const ask = (id: string, reply: string) => {
    const frame = { type: "open", schema: "ticking.tick.input", version: 1, id, sender: "asker" } as const;
    const data = encodeEnvelope({ ...frame, seq: WINDOW }, {}, { maxBytes: 1_000 });
    asker.publish("orr.n.ticking.v1.tick", data, { reply });
  };
  const askOnce = (id: string, reply: string) => {
    const frame = { type: "call", schema: "ticking.wait.input", version: 1, id, sender: "asker" } as const;
    asker.publish("orr.n.ticking.v1.wait", encodeEnvelope(frame, {}, { maxBytes: 1_000 }), { reply });
  };
  return { clock, asker, heard, listen, ask, askOnce, open: () => open };
}

test("asks after a reader some times a second, however many streams it reads", async () => {
  const { clock, listen, ask, heard } = await ticking();
  listen("_INBOX.a.~1");
  for (let n = 0; n < 10; n++) ask(`q${n}`, `_INBOX.a.~1.${n}`);
  await clock.advance(500);
  expect(heard.frames).toBeGreaterThan(900);
  expect(heard.receipts.length).toBeGreaterThan(20);
  // One with the first frame of each stream, and one in 20 ms.
  expect(heard.receipts.length).toBeLessThanOrEqual(10 + 500 / 20);
});

test("never asks after a reader in another account", async () => {
  const { clock, listen, ask, heard } = await ticking();
  listen("_R_.xyz");
  ask("q", "_R_.xyz.abc");
  await clock.advance(500);
  expect(heard.frames).toBeGreaterThan(90);
  expect(heard.receipts).toEqual([]);
});

test("one chunk in the void ends its stream, and the next chunk of each other stream ends that", async () => {
  const { clock, listen, ask, open } = await ticking();
  const [gone, stays] = [listen("_INBOX.a.~1"), listen("_INBOX.b.~1")];
  for (let n = 0; n < 10; n++) ask(`a${n}`, `_INBOX.a.~1.${n}`);
  ask("b", "_INBOX.b.~1.0");
  await clock.advance(100);
  expect(open()).toBe(11);
  gone.unsubscribe();
  // So long may nobody have been asked, and so long is a further chunk on its way.
  await clock.advance(20 + 2 * TICK_MS);
  expect(open()).toBe(1);
  stays.unsubscribe();
});

test("quiet streams end when their reader is missed twice, and not when it was away once", async () => {
  for (const returns of [true, false]) {
    const { clock, listen, ask, open } = await ticking({ firstMs: NEVER_MS });
    const before = listen("_INBOX.a.~1");
    for (let n = 0; n < 3; n++) ask(`q${n}`, `_INBOX.a.~1.${n}`);
    await clock.advance(100);
    before.unsubscribe();
    await clock.advance(PULSE_MS);
    if (returns) listen("_INBOX.a.~1");
    await clock.advance(RETURN_MS);
    expect(open()).toBe(returns ? 3 : 0);
  }
});

test("a reader that lost a chunk while it was away is told so when it is back, and nobody is told for ever", async () => {
  for (const [awayMs, words] of [
    [600, 3],
    [6_000, 0],
  ] as const) {
    const { clock, listen, ask, heard, open } = await ticking();
    const before = listen("_INBOX.a.~1");
    ask("q", "_INBOX.a.~1.0");
    await clock.advance(100);
    before.unsubscribe();
    await clock.advance(awayMs);
    expect([open(), heard.failures]).toEqual([0, []]);
    listen("_INBOX.a.~1");
    await clock.advance(60_000);
    expect(heard.failures).toHaveLength(words);
    expect(heard.failures.every((word) => word.includes('"code":"unavailable"'))).toBe(true);
  }
});

test("who asked for what takes long is looked after too, unless it listens for its answer alone", async () => {
  for (const [place, asksAfter] of [
    ["_INBOX.a.~1", true],
    ["_INBOX.a.b", false],
    ["_R_.a.b", false],
  ] as const) {
    const { clock, listen, askOnce, heard, open } = await ticking({ firstMs: NEVER_MS });
    const listening = listen(place);
    for (let n = 0; n < 3; n++) askOnce(`q${n}`, `${place}.${n + 1}`);
    await clock.advance(60_000);
    expect([open(), heard.receipts.length > 0, heard.failures]).toEqual([3, asksAfter, []]);
    listening.unsubscribe();
    await clock.advance(PULSE_MS + RETURN_MS);
    expect(open()).toBe(asksAfter ? 0 : 3);
  }
});

test("a request that is answered soon costs no further message", async () => {
  const { clock, listen, askOnce, heard } = await ticking({ firstMs: PULSE_MS });
  listen("_INBOX.a.~1");
  for (let n = 0; n < 100; n++) {
    askOnce(`q${n}`, `_INBOX.a.~1.${n}`);
    await clock.advance(150);
  }
  await clock.advance(60_000);
  expect([heard.frames, heard.receipts]).toEqual([100, []]);
});

test("only an empty message on a receipt counts, and only for the stream that it names", async () => {
  const { clock, asker, listen, ask, open, heard } = await ticking();
  listen("_INBOX.a.~1");
  for (let n = 0; n < 2; n++) ask(`q${n}`, `_INBOX.a.~1.${n}`);
  await clock.advance(100);
  const receipt = heard.receipts.findLast((each) => each.endsWith(".chunk"))!;
  const [inbox = "", id = ""] = /^(.*)\.([0-9a-f]{32})\.\w+$/.exec(receipt)?.slice(1) ?? [];
  for (const other of [
    id.replace(/.$/, (last) => (last === "0" ? "1" : "0")),
    id.slice(1),
    "x",
    "__proto__",
  ]) {
    asker.publish(`${inbox}.${other}.last`, new Uint8Array());
  }
  asker.publish(receipt, new TextEncoder().encode("not empty"));
  await clock.advance(100);
  expect(open()).toBe(2);
  asker.publish(receipt, new Uint8Array());
  await clock.advance(10);
  expect(open()).toBe(1);
});
