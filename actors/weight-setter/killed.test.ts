/** A setter that is killed at every single step in turn: the weights are set, and set once. */
import { describe, expect, test } from "bun:test";
import { openLedger } from "../../ledger/open.ts";
import { Fuse } from "../../test/support/fuse.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { bodyOf } from "../records.ts";
import { decided, devnetStory, live, localBed, type Story } from "./bed.fixture.ts";

async function lives(story: Story, at: number): Promise<{ places: number; killedAt: string | undefined }> {
  const bed = await story.makeBed();
  const ledger = await openLedger(":memory:", { clock: manualClock() });
  try {
    await decided(bed, ledger);
    const fuse = new Fuse(at);
    await live(bed, ledger, fuse, 1).catch(async (thrown: unknown) => {
      if (!fuse.burnt) throw thrown;
      await bed.advance();
      await live(bed, ledger, new Fuse(Number.POSITIVE_INFINITY), 2);
    });
    const events = await ledger.read();
    const types = events.map(({ type }) => type);
    const refused = events.find(({ type }) => type === "weights.refused");
    const set = events.find(({ type }) => type === "weights.set");
    const seen = {
      set: types.filter((type) => type === "weights.set").length,
      refused: refused === undefined ? undefined : bodyOf(refused, "weights.refused")?.reason,
      taken: await bed.taken(),
      method: set === undefined ? undefined : bodyOf(set, "weights.set")?.method,
      row: (await bed.chain.weights.row({ netuid: 1, uid: 0 })).row,
    };
    expect<object>({ at, where: fuse.where, ...seen }).toEqual({
      ...{ at, where: fuse.where, set: 1, refused: undefined, taken: story.calls, method: story.method },
      row: { uids: [1, 2], values: [20_000, 65_535] },
    });
    return { places: fuse.passed, killedAt: fuse.where };
  } finally {
    await ledger.close();
    await bed.close();
  }
}

const STORIES: Record<string, Story> = {
  "on a local chain": { makeBed: localBed, calls: 1, method: "set" },
  "on a devnet, in the open": devnetStory("set", 1, { commitReveal: false, beacon: "own" }),
  "on a devnet, by hash commit": devnetStory("hash", 2, { commitReveal: true, beacon: "quicknet" }),
  "on a devnet, by timelocked commit": devnetStory("timelock", 1, { commitReveal: true, beacon: "own" }),
};

describe.each(Object.entries(STORIES))("%s", (_, story) => {
  test("killed at any step, a setter neither loses nor doubles its weights", async () => {
    const whole = await lives(story, Number.POSITIVE_INFINITY);
    expect(whole.places).toBeGreaterThan(20);
    const seen = new Set<string>();
    for (let at = 0; at < whole.places; at++) seen.add((await lives(story, at)).killedAt ?? "");
    for (const step of ["append", "effectDone", "weights.send", "weights.sign"]) {
      expect([...seen]).toContain(`before ${step}`);
      expect([...seen]).toContain(`after ${step}`);
    }
    for (const step of ["get", "weights.rules", "weights.fate", "weights.row", "metagraph"]) {
      expect([...seen]).toContain(`before ${step}`);
    }
  }, 120_000);
});
