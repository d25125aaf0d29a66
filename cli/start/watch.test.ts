import { expect, test } from "bun:test";
import { prepareSubnet } from "../../actors/loaded-subnet.ts";
import { record } from "../../actors/records.ts";
import type { Ledger, NewEvent } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import { VirtualClock } from "../../runtime/simulation/virtual-clock.ts";
import { tinySubnet } from "../../test/support/tiny-subnet.ts";
import { watchRounds } from "./watch.ts";

const subnet = prepareSubnet(tinySubnet, {});
const closed = (round: number) => record("tiny", "round.closed", { round, judged: 0, unjudged: 0, at: 0 });
const set = (round: number) => record("tiny", "weights.set", { epoch: round, round, block: 1, hash: "0x" });
const refused = (round: number) =>
  record("tiny", "weights.refused", { epoch: round, round, reason: "nobody to weigh" });

/** Appends events at virtual seconds, watches until the last is past, and tells what was said of which round. */
async function told(events: [second: number, event: NewEvent][]): Promise<string[]> {
  const clock = new VirtualClock(0);
  const ledger: Ledger = await openLedger(":memory:", { clock });
  const stop = new AbortController();
  const results: string[] = [];
  const watching = (async () => {
    const quiet = { onOpen: () => {}, onJob: () => {} };
    const rounds = watchRounds({ ledger, subnet, clock, since: 0, signal: stop.signal, ...quiet });
    for await (const { round, weights } of rounds) {
      results.push(`${round} ${weights.set ? "set" : weights.reason}`);
    }
  })();
  for (const [second, event] of events) clock.after(second * 1_000, () => void ledger.append([event]));
  await clock.run({ until: 120_000 });
  stop.abort();
  await clock.run({ until: 125_000 });
  await watching;
  await ledger.close();
  return results;
}

test("a round is told once its weights are set or refused", async () => {
  expect(
    await told([
      [1, closed(1)],
      [2, set(1)],
      [30, closed(2)],
      [31, refused(2)],
    ]),
  ).toEqual(["1 set", "2 nobody to weigh"]);
});

test("weights that do not come are waited for as long as each round's own patience, not the one before's", async () => {
  expect(
    await told([
      [1, closed(1)],
      [2, set(1)],
      [19, closed(2)],
      [25, set(2)],
      [40, closed(3)],
    ]),
  ).toEqual(["1 set", "2 set", "3 no weights were set in time"]);
});

test("a round whose weights were overtaken by the next one is told too, so that rounds can be counted", async () => {
  expect(
    await told([
      [1, closed(1)],
      [5, closed(2)],
      [6, set(2)],
    ]),
  ).toEqual(["1 the next round closed first", "2 set"]);
});
