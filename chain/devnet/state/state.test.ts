import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  accountId,
  blake2Concat,
  identity,
  option,
  storageOf,
  struct,
  tuple,
  u16,
  u64,
  vec,
} from "../declare/index.ts";
import { KEPT_BLOCKS, State } from "./state.ts";

const storage = storageOf("SubtensorModule");
const Tempo = storage.map("Tempo", { keys: [identity(u16)], type: u16, fallback: 360 });
const Uids = storage.map("Uids", { keys: [identity(u16), blake2Concat(accountId)], type: u16 });
const Weights = storage.map("Weights", {
  keys: [identity(u16), identity(u16)],
  type: vec(tuple(u16, u16)),
  fallback: [],
});
const Total = storage.value("TotalIssuance", { type: u64, fallback: 0n });
const Lock = storage.value("Lock", { type: struct("a::Lock", { mass: u64, since: option(u64) }) });

const alice = `0x${"d4".repeat(32)}` as const;
const bob = `0x${"8e".repeat(32)}` as const;

test("storage keys are those of the chain", () => {
  // The key of Alice's account, the best known of all Substrate keys.
  const Account = storageOf("System").map("Account", { keys: [blake2Concat(accountId)], type: u64 });
  const alicesKey = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";
  expect(Account.key(`0x${alicesKey}`)).toBe(
    `0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9de1e86a9a8c739864cf3cc5ec2bea59f${alicesKey}`,
  );
});

test("reading what was never stored gives the item's fallback, or undefined for an optional item", () => {
  const state = new State();
  expect(state.get(Tempo, 7)).toBe(360);
  expect(state.has(Tempo, 7)).toBe(false);
  expect(state.get(Uids, 7, alice)).toBeUndefined();
  expect(state.get(Lock)).toBeUndefined();
});

test("what a layer changed is undone when it throws, and nothing else", () => {
  const state = new State();
  state.put(Tempo, 1, 10);
  state.put(Uids, 1, alice, 0);
  expect(() =>
    state.layer(() => {
      state.put(Tempo, 1, 20);
      state.layer(() => state.put(Uids, 1, bob, 1));
      state.kill(Uids, 1, alice);
      throw new Error("refused");
    }),
  ).toThrow("refused");
  expect(state.get(Tempo, 1)).toBe(10);
  expect(state.entries(Uids, 1)).toEqual([{ keys: [1, alice], value: 0 }]);
});

test("a value killed in a block and written again in an undone layer is back when the outer layer is undone, too", () => {
  const state = new State();
  state.put(Tempo, 1, 10);
  state.seal(0);
  expect(() =>
    state.layer(() => {
      state.kill(Tempo, 1);
      expect(() =>
        state.layer(() => {
          state.put(Tempo, 1, 30);
          throw new Error("inner");
        }),
      ).toThrow("inner");
      throw new Error("outer");
    }),
  ).toThrow("outer");
  expect(state.get(Tempo, 1)).toBe(10);
});

test("questions leave no trace, not even empty keys", () => {
  const state = new State();
  state.put(Tempo, 1, 10);
  state.seal(0);
  for (let uid = 0; uid < 50; uid++) state.dryRun(() => state.put(Weights, 1, uid, [[1, 2]]));
  expect(state.snapshot().cells.map(({ key }) => key)).toEqual([Tempo.key(1)]);
});

test("a change to a value that was read or put is not a change of state; mutate is", () => {
  const state = new State();
  const row: [number, number][] = [[1, 2]];
  state.put(Weights, 1, 0, row);
  row.push([3, 4]);
  expect(state.get(Weights, 1, 0)).toEqual([[1, 2]]);
  state.mutate(Weights, [1, 0], (value) => {
    value.push([5, 6]);
    return value;
  });
  expect(state.get(Weights, 1, 0)).toEqual([
    [1, 2],
    [5, 6],
  ]);
  state.mutate(Weights, [1, 9], (value) => {
    value.push([7, 8]);
    return value;
  });
  expect(state.get(Weights, 1, 9)).toEqual([[7, 8]]);
  expect(state.get(Weights, 1, 8)).toEqual([]);
});

test("the state after each kept block can be read, and none before", () => {
  const state = new State();
  for (let block = 0; block <= KEPT_BLOCKS + 10; block++) {
    state.put(Total, BigInt(block));
    if (block === 5) state.put(Tempo, 1, 99);
    if (block === 7) state.kill(Tempo, 1);
    state.seal(block);
  }
  expect(state.oldest).toBe(11);
  expect(state.at(10)).toBeUndefined();
  expect(state.at(11)?.get(Total)).toBe(11n);
  expect(state.at(2_000)?.get(Total)).toBe(2_000n);
  expect(state.get(Total)).toBe(BigInt(KEPT_BLOCKS + 10));
  expect(state.at(KEPT_BLOCKS + 11)).toBeUndefined();
  expect(state.rawKeys(Tempo.prefix, { count: 10 })).toEqual([]);
});

test("a block's state keeps a value that was killed later", () => {
  const state = new State();
  state.put(Uids, 1, alice, 3);
  state.seal(0);
  state.kill(Uids, 1, alice);
  state.put(Uids, 1, bob, 3);
  state.seal(1);
  expect(state.at(0)?.entries(Uids, 1)).toEqual([{ keys: [1, alice], value: 3 }]);
  expect(state.at(1)?.entries(Uids, 1)).toEqual([{ keys: [1, bob], value: 3 }]);
});

test("raw keys come in order, page by page, and every page takes up where the last ended", () => {
  fc.assert(
    fc.property(
      fc.uniqueArray(fc.integer({ min: 0, max: 500 }), { maxLength: 60 }),
      fc.integer({ min: 1, max: 20 }),
      (uids, count) => {
        const state = new State();
        for (const uid of uids) {
          state.put(Weights, 3, uid, [[uid, 1]]);
          state.put(Tempo, uid, 1);
        }
        const prefix = Weights.key(3);
        const paged: string[] = [];
        for (let page = state.rawKeys(prefix, { count }); page.length > 0; ) {
          paged.push(...page);
          page = state.rawKeys(prefix, { count, startKey: page.at(-1)! });
        }
        expect(paged).toEqual(uids.map((uid) => Weights.key(3, uid)).sort());
        const all = state.rawKeys("0x", { count: 10_000 });
        expect(all).toEqual([...all].sort());
        expect(all.length).toBe(2 * uids.length);
      },
    ),
  );
});

test("a restored snapshot is the state of then, its history included", () => {
  const state = new State();
  state.put(Total, 1n);
  state.seal(0);
  state.put(Total, 2n);
  const { root } = state.seal(1);
  const snapshot = state.snapshot();
  state.put(Total, 3n);
  state.kill(Tempo, 1);
  state.seal(2);
  state.restore(snapshot);
  expect(state.get(Total)).toBe(2n);
  expect(state.at(0)?.get(Total)).toBe(1n);
  expect(state.snapshot().root).toBe(root);
  state.put(Total, 9n);
  state.seal(2);
  expect(state.at(1)?.get(Total)).toBe(2n);
});

test("the same changes give the same root, and any other gives another", () => {
  const rootAfter = (change: (state: State) => void): string => {
    const state = new State();
    change(state);
    return state.seal(0).root;
  };
  const root = rootAfter((state) => {
    state.put(Tempo, 1, 10);
    state.put(Tempo, 2, 20);
  });
  expect(
    rootAfter((state) => {
      state.put(Tempo, 2, 21);
      state.put(Tempo, 2, 20);
      state.put(Tempo, 1, 10);
    }),
  ).toBe(root);
  expect(rootAfter((state) => state.put(Tempo, 1, 10))).not.toBe(root);
});

test("a sealed block tells which keys changed, not those written back to what they were", () => {
  const state = new State();
  state.put(Tempo, 1, 10);
  state.put(Total, 5n);
  state.seal(0);
  state.put(Tempo, 1, 11);
  state.put(Tempo, 1, 10);
  state.put(Total, 6n);
  expect(state.seal(1).changed).toEqual([Total.key()]);
});
