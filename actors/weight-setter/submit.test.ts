/** What can happen to weights between the decision and the chain, on a real devnet. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import { signerFromUri } from "../../chain/keys/index.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { openLedger } from "../../ledger/open.ts";
import { Fuse } from "../../test/support/fuse.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { bodyOf } from "../records.ts";
import { type Bed, decided, devnetStory, live, setterOn } from "./bed.fixture.ts";

const OPEN = devnetStory("set", 1, { commitReveal: false, beacon: "own" });
const HASH = devnetStory("hash", 2, { commitReveal: true, beacon: "quicknet" });

let ledger: Ledger;
beforeEach(async () => {
  ledger = await openLedger(":memory:", { clock: manualClock() });
});
afterEach(() => ledger.close());

const immortal = () => new Fuse(Number.POSITIVE_INFINITY);
const types = async () => (await ledger.read()).map(({ type }) => type.replace("weights.", ""));
const reason = async () => {
  const refused = (await ledger.read()).find(({ type }) => type === "weights.refused");
  return refused === undefined ? undefined : bodyOf(refused, "weights.refused")?.reason;
};
const alarmOf = (setter: ReturnType<typeof setterOn>) =>
  setter.metrics.read("orrery_weights_alarm", { netuid: "1" });

describe("weights in the open", () => {
  test("the journey is on record step by step, and the effect is done", async () => {
    const bed = await OPEN.makeBed();
    await decided(bed, ledger);
    await live(bed, ledger, immortal(), 1);
    expect(await types()).toEqual(["decided", "sent", "set"]);
    expect(await ledger.effects({ limit: 1 })).toEqual([]);
  });

  test("a call in a block that is not final yet is left alone, however often its pool refuses it", async () => {
    const bed = await OPEN.makeBed();
    await decided(bed, ledger);
    const setter = setterOn(bed, ledger, immortal(), 1);
    await setter.turn();
    for (let block = 0; block < 5; block++) {
      await bed.node.advance(1);
      await setter.turn();
    }
    expect(await types()).toEqual(["decided", "sent"]);
    await bed.advance();
    await setter.turn();
    expect(await types()).toEqual(["decided", "sent", "set"]);
    expect(await bed.taken()).toBe(1);
  });

  test("a miner whose uid changed is paid at its new one, and one that left is not paid", async () => {
    const bed = await OPEN.makeBed();
    const [good, better] = bed.miners;
    if (good === undefined || better === undefined) throw new Error("there are two");
    const stranger = (await signerFromUri("//Gone")).hotkey;
    const swapped: Bed = { ...bed, miners: [better, stranger] };
    await decided(swapped, ledger);
    await live(bed, ledger, immortal(), 1);
    expect((await bed.chain.weights.row({ netuid: 1, uid: 0 })).row).toEqual({ uids: [2], values: [65_535] });
  });

  test("a validator without a permit is refused before anything is signed, with the alarm raised", async () => {
    const bed = await OPEN.makeBed();
    const poor: Bed = { ...bed, signer: await signerFromUri("//Good") };
    await decided(poor, ledger);
    const setter = setterOn(poor, ledger, immortal(), 1);
    await setter.turn();
    expect(await types()).toEqual(["decided", "refused"]);
    expect(await reason()).toStartWith("NeuronNoValidatorPermit");
    expect(alarmOf(setter)).toBe(1);
    expect(setter.log.lines.filter(({ level }) => level === "error")).toHaveLength(1);
  });

  test("the alarm ends with the next set", async () => {
    const bed = await OPEN.makeBed();
    const setter = setterOn(bed, ledger, immortal(), 1);
    setter.metrics.gauge("orrery_weights_alarm", 1, { netuid: "1" });
    await decided(bed, ledger);
    await setter.turn();
    await bed.advance();
    await setter.turn();
    expect(alarmOf(setter)).toBe(0);
  });

  test("too soon after the last set it waits for the very block, and sends nothing before", async () => {
    const bed = await OPEN.makeBed();
    await decided(bed, ledger, 3);
    await live(bed, ledger, immortal(), 1);
    const { lastUpdate } = await bed.chain.weights.row({ netuid: 1, uid: 0 });
    await decided(bed, ledger, 4);
    await live(bed, ledger, immortal(), 1);
    expect((await bed.chain.weights.row({ netuid: 1, uid: 0 })).lastUpdate).toBe(lastUpdate + 3);
    expect((await types()).filter((type) => type === "sent")).toHaveLength(2);
    expect(await types()).not.toContain("failed");
  });

  test("a second process with the same key does not make it set twice", async () => {
    const bed = await OPEN.makeBed();
    await decided(bed, ledger);
    // It signed, and before its call arrives somebody else uses the nonce.
    const fuse = new Fuse(Number.POSITIVE_INFINITY);
    const thief = await bed.chain.weights.sign({
      ...{ netuid: 1, signer: bed.signer },
      call: { kind: "set", row: { uids: [1], values: [65_535] }, versionKey: "0" },
    });
    await bed.chain.weights.send(thief);
    await live(bed, ledger, fuse, 1);
    expect((await types()).filter((type) => type === "set")).toHaveLength(1);
    expect((await bed.chain.weights.row({ netuid: 1, uid: 0 })).row.uids).toEqual([1, 2]);
  });
});

describe("weights by hash commit", () => {
  test("are committed, revealed in their epoch, and read back", async () => {
    const bed = await HASH.makeBed();
    await decided(bed, ledger);
    await live(bed, ledger, immortal(), 1);
    expect(await types()).toEqual(["decided", "sent", "committed", "sent", "set"]);
  });

  test("a setter that was down for the whole epoch of the reveal says so", async () => {
    const bed = await HASH.makeBed();
    await decided(bed, ledger);
    const setter = setterOn(bed, ledger, immortal(), 1);
    for (let block = 0; block < 20 && !(await types()).includes("committed"); block++) {
      await setter.turn();
      await bed.advance();
    }
    for (let block = 0; block < 12; block++) await bed.advance();
    await setter.turn();
    expect(await types()).toEqual(["decided", "sent", "committed", "refused"]);
    expect(await reason()).toContain("was not revealed in its epoch");
    expect(alarmOf(setter)).toBe(1);
  });

  test("a later decision is committed while the one before waits for its epoch, and both are revealed", async () => {
    const bed = await HASH.makeBed();
    const setter = setterOn(bed, ledger, immortal(), 1);
    await decided(bed, ledger, 3);
    for (let block = 0; block < 4; block++) {
      await setter.turn();
      await bed.advance();
    }
    await decided(bed, ledger, 4);
    await live(bed, ledger, immortal(), 1);
    expect((await types()).filter((type) => type === "set")).toHaveLength(2);
    expect(await types()).not.toContain("refused");
  });
});
