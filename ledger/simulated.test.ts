import { expect, test } from "bun:test";
import { VirtualClock } from "../runtime/simulation/virtual-clock.ts";
import { openSqliteLedger } from "./sqlite.ts";

test("on a virtual clock appends and folds finish without time passing, and stamp virtual time", async () => {
  const clock = new VirtualClock(5_000);
  const ledger = await openSqliteLedger({ path: ":memory:", clock });
  clock.after(1_000, () => {
    const batch = Array.from({ length: 3_000 }, (_, index) =>
      ledger.append([{ subnet: "demo", type: "t", key: `k${index}`, body: index }]),
    );
    void Promise.all(batch)
      .then(() =>
        ledger.project({ name: "count", version: 1, initial: 0, fold: (count: number) => count + 1 }),
      )
      .then(({ state }) => ledger.append([{ subnet: "demo", type: "folded", key: "all", body: state }]));
  });
  await clock.run({ until: 6_000 });
  expect((await ledger.get("demo", "folded", "all"))?.body).toBe(3_000);
  expect((await ledger.read({ after: 3_000 })).map(({ at, key }) => ({ at, key }))).toEqual([
    { at: 6_000, key: "all" },
  ]);
  await ledger.close();
});

test("the same appends at the same virtual times give the same chain", async () => {
  const run = async () => {
    const clock = new VirtualClock(0);
    const ledger = await openSqliteLedger({ path: ":memory:", clock });
    for (let index = 0; index < 50; index++)
      clock.after((index * 37) % 100, () => {
        void ledger.append([{ subnet: "demo", type: "t", key: `k${index}`, body: { index } }]);
      });
    await clock.run({ until: 100 });
    const { hash } = await ledger.head();
    await ledger.close();
    return hash;
  };
  expect(await run()).toBe(await run());
});
