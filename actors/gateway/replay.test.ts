import { expect, test } from "bun:test";
import { openLedger } from "../../ledger/open.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import * as story from "../../test/web/story.ts";
import { createReadModel } from "./read-model.ts";
import { replay } from "./replay.ts";

const clock = createSystemClock();
const modelAt = (now: number) =>
  createReadModel({ net: "t", subnet: story.subnet, clock: { now: () => now } });

async function ledgerWith(rounds: number) {
  const ledger = await openLedger(":memory:", { clock });
  for (let round = 1; round <= rounds; round++) {
    await ledger.append([...story.wholeRound(round, story.seats(20)), story.decided(round, round, [3, 1])]);
    await ledger.append([story.set(round, round)]);
  }
  return ledger;
}

test("a gateway that starts anew shows what the one before showed", async () => {
  const ledger = await ledgerWith(3);
  const live = modelAt(5);
  for (const event of await ledger.read({ limit: 1_000 })) live.apply(event);
  live.caughtUp();
  const anew = modelAt(5);
  const { signal } = new AbortController();
  await replay({ ledger, clock, subnet: story.SUBNET, model: anew, onProgress: () => {}, signal });
  expect(anew.snapshot()).toEqual(live.snapshot());
  expect(anew.miner(1)).toEqual(live.miner(1));
  expect(anew.snapshot().overview.catchingUp).toBe(false);
  await ledger.close();
});

test("a long ledger is read in slices, with a turn for everything else between them", async () => {
  const ledger = await ledgerWith(10);
  const turns = manualClock();
  const model = modelAt(0);
  const { signal } = new AbortController();
  const done = replay({
    ...{ ledger, clock: turns, subnet: story.SUBNET, model, signal },
    onProgress: () => {},
  });
  // The clock stands still: without its turns the replay does not go on.
  await Bun.sleep(20);
  expect(model.seq).toBe(256);
  expect(model.snapshot().overview.catchingUp).toBe(true);
  while (turns.pending > 0) {
    await turns.advance(0);
    await Bun.sleep(5);
  }
  await done;
  expect(model.seq).toBe((await ledger.head()).seq);
  await ledger.close();
});
