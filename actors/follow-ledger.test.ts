import { expect, test } from "bun:test";
import { openLedger } from "../ledger/open.ts";
import { VirtualClock } from "../runtime/simulation/virtual-clock.ts";
import { followLedger } from "./follow-ledger.ts";

const note = (key: number, type = "note") => ({ subnet: "s", type, key: `${key}`, body: key });

async function setup() {
  const clock = new VirtualClock(0);
  const ledger = await openLedger(":memory:", { clock });
  const stop = new AbortController();
  const seen: string[] = [];
  const follow = async (options: { after: number; types?: string[] }) => {
    for await (const event of followLedger({ ledger, clock, signal: stop.signal, ...options })) {
      seen.push(`${event.type} ${event.key}`);
    }
  };
  /** Lets a second of virtual time pass. */
  const second = () => clock.run({ until: clock.now() + 1_000 });
  return { clock, ledger, stop, seen, follow, second };
}

test("yields what was there and what comes, each once and in order, and ends with the signal", async () => {
  const { ledger, stop, seen, follow, second } = await setup();
  void ledger.append([note(1), note(2)]);
  await second();
  const following = follow({ after: 1 });
  await second();
  void ledger.append([note(3)]);
  void ledger.append([note(2), note(4)]);
  await second();
  expect(seen).toEqual(["note 2", "note 3", "note 4"]);
  stop.abort();
  await following;
  void ledger.append([note(5)]);
  await second();
  expect(seen).toHaveLength(3);
  await ledger.close();
});

test("reads a backlog longer than one page whole, and only the types that were asked for", async () => {
  const { ledger, stop, seen, follow, second } = await setup();
  for (let page = 0; page < 3; page++) {
    void ledger.append(Array.from({ length: 800 }, (_, i) => note(page * 800 + i, i % 2 ? "odd" : "even")));
  }
  await second();
  const following = follow({ after: 0, types: ["odd"] });
  await second();
  expect(seen).toEqual(Array.from({ length: 1_200 }, (_, i) => `odd ${i * 2 + 1}`));
  stop.abort();
  await following;
  await ledger.close();
});

test("a notification that got lost costs no event", async () => {
  const { clock, ledger, stop, seen } = await setup();
  const deaf = { ...ledger, onAppend: () => ({ cancel: () => {} }), read: ledger.read.bind(ledger) };
  const following = (async () => {
    for await (const { key } of followLedger({ ledger: deaf, clock, after: 0, signal: stop.signal }))
      seen.push(key);
  })();
  void ledger.append([note(1)]);
  await clock.run({ until: 5_000 });
  expect(seen).toEqual(["1"]);
  stop.abort();
  await following;
  await ledger.close();
});
