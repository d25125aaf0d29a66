import { expect, test } from "bun:test";
import type { NewEvent } from "../../ledger/ledger.ts";
import type { RecordBody } from "../../protocol/records.ts";
import { decided, hotkey, refused, SUBNET, set } from "../../test/web/story.ts";
import { record } from "../records.ts";
import { createWeightsHistory } from "./weights-history.ts";

const sent = (attempt: number, step: "set" | "commit" | "reveal"): NewEvent => {
  const body: RecordBody<"weights.sent"> = {
    ...{ epoch: 4, round: 7, attempt, step, method: "hash", why: "commit-reveal is on", uid: 0 },
    ...{ row: { uids: [1], values: [65_535] }, hotkeys: [hotkey(1)], versionKey: "1" },
    signed: { netuid: 1, hotkey: hotkey(0), bytes: "0x", hash: "0x", nonce: 0, born: 1, dies: 2 },
  };
  return record(SUBNET, "weights.sent", body);
};
const failed = (attempt: number): NewEvent =>
  record(SUBNET, "weights.failed", { epoch: 4, round: 7, attempt, reason: "RateLimitExceeded" });
const committed = record(SUBNET, "weights.committed", {
  ...{ epoch: 4, round: 7, attempt: 2, method: "hash", block: 42, hash: "0x", committedIn: 4, revealedIn: 5 },
});

function after(...events: NewEvent[]) {
  const history = createWeightsHistory();
  for (const [at, event] of events.entries())
    history.apply({ ...event, seq: at + 1, at, prev: "", hash: "" });
  return history.views()[0];
}

test("weights are followed step by step, and each step is told", () => {
  const steps = [decided(4, 7, [65_535]), sent(1, "commit"), failed(1), sent(2, "commit"), committed];
  expect(after(...steps.slice(0, 2))).toMatchObject({ state: "sent", method: "hash" });
  expect(after(...steps)).toMatchObject({ state: "committed", block: 42, reason: null });
  // On its way to be revealed it is committed still.
  expect(after(...steps, sent(3, "reveal"))?.state).toBe("committed");
  const whole = after(...steps, sent(3, "reveal"), set(4, 7));
  expect(whole?.state).toBe("set");
  expect(whole?.journey.map(({ what }) => what)).toEqual([
    "decided",
    "sent as a commit, attempt 1: commit-reveal is on",
    "attempt 1 came to nothing: RateLimitExceeded",
    "sent as a commit, attempt 2: commit-reveal is on",
    "committed at block 42, to be known in the subnet's epoch 5",
    "revealed, attempt 3: commit-reveal is on",
    "read back from block 40",
  ]);
});

test("an epoch that is left without weights says why", () => {
  expect(after(decided(4, 7, [65_535]), refused(4, 7, "NeuronNoValidatorPermit"))).toMatchObject({
    ...{ state: "refused", reason: "NeuronNoValidatorPermit" },
    journey: [{ what: "decided" }, { what: "left without weights: NeuronNoValidatorPermit" }],
  });
});

test("a journey without end keeps its latest steps", () => {
  const tries = Array.from({ length: 40 }, (_, at) => failed(at + 1));
  const view = after(decided(4, 7, [65_535]), ...tries);
  expect(view?.journey).toHaveLength(24);
  expect(view?.journey.at(-1)?.what).toContain("attempt 40");
});
