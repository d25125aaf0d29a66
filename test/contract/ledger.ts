/** What every ledger promises, whatever it stands on. Each store's test file runs this suite on the real thing. */
import { afterEach, beforeEach, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { eventHash, GENESIS, MAX_BODY_BYTES, toRow } from "../../ledger/event.ts";
import type { Ledger, LedgerEvent, NewEvent, Projection } from "../../ledger/ledger.ts";
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";

export interface LedgerFixture {
  /** A ledger on the fixture's data: each call another connection to the same chain. */
  open(): Promise<Ledger>;
  /** Overwrites the body of an event behind the ledger's back. */
  tamper(seq: number, body: string): Promise<void>;
  remove(seq: number): Promise<void>;
  dispose(): Promise<void>;
}

const event = (key: string, body: Json = { value: 1 }, type = "job.concluded"): NewEvent => ({
  subnet: "demo",
  type,
  key,
  body,
});
const events = (count: number, prefix = "k") =>
  Array.from({ length: count }, (_, index) => event(`${prefix}${index}`, { value: index }));

/** Counts values and remembers the last key. */
const sum: Projection<{ total: number; last: string }> = {
  name: "sum",
  version: 1,
  initial: { total: 0, last: "" },
  fold: (state, { body, key }) => ({ total: state.total + (body as { value: number }).value, last: key }),
};

async function failure(work: Promise<unknown>, code: FailureCode): Promise<Failure> {
  const thrown = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(thrown).toBeInstanceOf(Failure);
  expect((thrown as Failure).code).toBe(code);
  return thrown as Failure;
}

const until = async (condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries > 2_000) throw new Error("It has not come about within 10 s");
    await Bun.sleep(5);
  }
};

export function ledgerContract(store: string, fixture: () => Promise<LedgerFixture>): void {
  describe(`the ledger contract on ${store}`, () => {
    let here: LedgerFixture;
    let ledger: Ledger;
    beforeEach(async () => {
      here = await fixture();
      ledger = await here.open();
    });
    afterEach(async () => {
      await ledger.close();
      await here.dispose();
    });

    describe("the chain", () => {
      test("is empty at first: seq 0 and 64 zeros", async () => {
        expect(await ledger.head()).toEqual({ seq: 0, hash: GENESIS });
        expect(await ledger.verify()).toEqual({ ok: true, events: 0 });
        expect(await ledger.read()).toEqual([]);
      });

      test("numbers events from 1 without holes and links each to the one before", async () => {
        await ledger.append(events(3));
        await ledger.append([event("later")]);
        const all = await ledger.read();
        expect(all.map(({ seq }) => seq)).toEqual([1, 2, 3, 4]);
        for (const [index, { prev }] of all.entries())
          expect(prev).toBe(index === 0 ? GENESIS : all[index - 1]!.hash);
        for (const one of all) expect(eventHash(toRow(one))).toBe(one.hash);
        expect(await ledger.head()).toEqual({ seq: 4, hash: all[3]!.hash });
        expect(await ledger.verify()).toEqual({ ok: true, events: 4 });
      });

      test("gives back any JSON body as it was, and the chain still fits", async () => {
        let round = 0;
        await fc.assert(
          fc.asyncProperty(fc.jsonValue({ maxDepth: 4 }), async (value) => {
            const body = JSON.parse(JSON.stringify(value)) as Json;
            if (!JSON.stringify(body).isWellFormed() || hasLoneSurrogate(body)) return;
            const key = `any${++round}`;
            const [result] = await ledger.append([event(key, body)]);
            expect(result?.event.body).toEqual(body);
            expect((await ledger.get("demo", "job.concluded", key))?.body).toEqual(body);
          }),
          { numRuns: 40 },
        );
        await ledger.append([
          event("awkward", { text: "\u0000 \\u0000 é 😀 ' \" \n", big: 1e308, tiny: 5e-324 }),
        ]);
        expect((await ledger.get("demo", "job.concluded", "awkward"))?.body).toEqual({
          text: "\u0000 \\u0000 é 😀 ' \" \n",
          big: 1e308,
          tiny: 5e-324,
        });
        expect((await ledger.verify()).ok).toBe(true);
      });

      test("names the first event whose body was changed", async () => {
        await ledger.append(events(50));
        await here.tamper(31, '{"value":1000000}');
        await here.tamper(40, '{"value":1000000}');
        expect(await ledger.verify()).toEqual({
          ok: false,
          seq: 31,
          reason: "its content does not have the recorded hash",
        });
      });

      test("names a body that is no JSON any more instead of failing on it", async () => {
        await ledger.append(events(5));
        await here.tamper(2, '{"val');
        expect(await ledger.verify()).toMatchObject({ ok: false, seq: 2 });
      });

      test("names the first event that was taken out", async () => {
        await ledger.append(events(10));
        await here.remove(4);
        expect(await ledger.verify()).toMatchObject({ ok: false, seq: 4 });
      });

      test("stops a check of the chain on request", async () => {
        await ledger.append(events(3));
        await failure(ledger.verify({ signal: AbortSignal.abort() }), "cancelled");
      });
    });

    describe("append", () => {
      test("changes nothing under a key that is on record, and gives the recorded event", async () => {
        const [first] = await ledger.append([event("same", { value: 1 })]);
        const [second] = await ledger.append([event("same", { value: 2 })]);
        expect(first?.duplicate).toBe(false);
        expect(second).toEqual({ event: first!.event, duplicate: true });
        expect((await ledger.head()).seq).toBe(1);
      });

      test("keeps keys apart by subnet and by type", async () => {
        const results = await ledger.append([
          event("k"),
          { ...event("k"), type: "round.closed" },
          { ...event("k"), subnet: "other" },
          event("k"),
        ]);
        expect(results.map(({ duplicate }) => duplicate)).toEqual([false, false, false, true]);
      });

      test("finds duplicates among appends of one turn", async () => {
        const [[first], [second]] = await Promise.all([
          ledger.append([event("same", { value: 1 })]),
          ledger.append([event("same", { value: 2 })]),
        ]);
        expect([first?.duplicate, second?.duplicate]).toEqual([false, true]);
        expect(second?.event.body).toEqual({ value: 1 });
      });

      test("records the body as it was at the call, whatever the caller does to it afterwards", async () => {
        const body = { value: 1 };
        const appended = ledger.append([event("mutated", body)]);
        body.value = 2;
        expect((await appended)[0]?.event.body).toEqual({ value: 1 });
      });

      test("gives each of many appends of one turn its own result", async () => {
        const results = await Promise.all(events(500).map((one) => ledger.append([one])));
        expect(results.map(([result]) => result?.event.key)).toEqual(events(500).map(({ key }) => key));
        expect(new Set(results.map(([result]) => result?.event.seq)).size).toBe(500);
        expect((await ledger.head()).seq).toBe(500);
      });

      test("refuses what breaks a bound, and its neighbours of the same turn are recorded", async () => {
        const refused: [NewEvent, FailureCode][] = [
          [event("too-large", "x".repeat(MAX_BODY_BYTES)), "too-large"],
          [event("too-large-in-bytes", "é".repeat(MAX_BODY_BYTES / 2)), "too-large"],
          [event("with blank"), "malformed"],
          [event(""), "malformed"],
          [event("k".repeat(513)), "malformed"],
          [{ ...event("k"), type: "Job Concluded" }, "malformed"],
          [{ ...event("k"), subnet: "../etc" }, "malformed"],
          [event("undefined", { a: undefined } as unknown as Json), "malformed"],
          [event("not-a-number", Number.NaN), "malformed"],
          [event("a-date", new Date(0) as unknown as Json), "malformed"],
        ];
        const before = ledger.append([event("before")]);
        const failures = refused.map(([one, code]) => failure(ledger.append([one]), code));
        const after = ledger.append([event("after")]);
        for (const one of await Promise.all(failures)) expect(one.hint).toBeTruthy();
        expect((await before)[0]?.event.seq).toBe(1);
        expect((await after)[0]?.event.seq).toBe(2);
      });

      test("records the largest body allowed", async () => {
        await ledger.append([event("largest", "x".repeat(MAX_BODY_BYTES - 2))]);
        expect((await ledger.read())[0]?.body).toHaveLength(MAX_BODY_BYTES - 2);
      });

      test("is all or nothing: one bad event refuses those with it", async () => {
        await failure(ledger.append([event("good"), event("bad key")]), "malformed");
        expect((await ledger.head()).seq).toBe(0);
      });

      test("of nothing does nothing", async () => {
        expect(await ledger.append([])).toEqual([]);
        await failure(ledger.append([], { effects: [{ id: "e", kind: "k", body: null }] }), "malformed");
      });

      test("refuses to work once closed, after finishing what was under way", async () => {
        const other = await here.open();
        const under = other.append([event("under-way")]);
        await other.close();
        expect((await under)[0]?.event.seq).toBe(1);
        await failure(other.append([event("late")]), "draining");
      });
    });

    describe("fences", () => {
      const fence = (token: number, lease = "weights/1/hotkey") => ({ fence: { lease, token } });

      test("refuse a lower token than was seen for the lease, and write nothing of it", async () => {
        await ledger.append([event("second")], fence(2));
        const refused = await failure(
          ledger.append([event("first")], { ...fence(1), effects: [{ id: "pay", kind: "pay", body: null }] }),
          "fenced",
        );
        expect(refused.meta).toEqual({ lease: "weights/1/hotkey", token: 1, seen: 2 });
        expect((await ledger.head()).seq).toBe(1);
        expect(await ledger.effects({ limit: 10 })).toEqual([]);
      });

      test("let the same holder go on, and a new one take over", async () => {
        await ledger.append([event("a")], fence(5));
        await ledger.append([event("b")], fence(5));
        await ledger.append([event("c")], fence(9));
        await failure(ledger.append([event("d")], fence(5)), "fenced");
        await ledger.append([event("e")], fence(1, "another-lease"));
        expect((await ledger.head()).seq).toBe(4);
      });

      test("hold within one turn, without harm to the neighbours", async () => {
        const settled = await Promise.allSettled([
          ledger.append([event("a")], fence(2)),
          ledger.append([event("b")], fence(1)),
          ledger.append([event("c")]),
          ledger.append([event("d")], fence(3)),
          ledger.append([event("e")], fence(2)),
        ]);
        expect(settled.map(({ status }) => status)).toEqual([
          "fulfilled",
          "rejected",
          "fulfilled",
          "fulfilled",
          "rejected",
        ]);
        expect((await ledger.read()).map(({ key }) => key)).toEqual(["a", "c", "d"]);
      });

      test("are seen by every process", async () => {
        const other = await here.open();
        await other.append([event("new")], fence(7));
        await failure(ledger.append([event("old")], fence(6)), "fenced");
        await other.close();
      });

      test("survive a restart", async () => {
        await ledger.append([event("a")], fence(4));
        await ledger.close();
        ledger = await here.open();
        await failure(ledger.append([event("b")], fence(3)), "fenced");
      });

      test("refuse tokens that are no whole numbers", async () => {
        for (const token of [-1, 0.5, Number.NaN, 2 ** 60])
          await failure(ledger.append([event("a")], fence(token)), "malformed");
      });
    });

    describe("reading", () => {
      beforeEach(async () => {
        await ledger.append([
          ...events(3, "a"),
          event("b0", { value: 5 }, "round.closed"),
          { ...event("c0"), subnet: "other" },
        ]);
      });

      test("goes on after a position, up to a limit", async () => {
        expect((await ledger.read({ after: 1, limit: 2 })).map(({ seq }) => seq)).toEqual([2, 3]);
        expect(await ledger.read({ after: 5 })).toEqual([]);
      });

      test("chooses by subnet and by types", async () => {
        expect((await ledger.read({ types: ["round.closed"] })).map(({ key }) => key)).toEqual(["b0"]);
        expect((await ledger.read({ types: [] })).map(({ key }) => key)).toEqual([]);
        expect((await ledger.read({ subnet: "other" })).map(({ key }) => key)).toEqual(["c0"]);
        expect(await ledger.read({ subnet: "other", types: ["round.closed"] })).toEqual([]);
      });

      test("gets one event by its name, or nothing", async () => {
        expect((await ledger.get("demo", "round.closed", "b0"))?.seq).toBe(4);
        expect(await ledger.get("demo", "round.closed", "a0")).toBeUndefined();
      });

      test("refuses limits outside its bounds", async () => {
        for (const options of [{ limit: 0 }, { limit: 10_001 }, { after: -1 }])
          await failure(ledger.read(options), "malformed");
      });
    });

    describe("the outbox", () => {
      const effect = (id: string, kind = "set-weights"): { id: string; kind: string; body: Json } => ({
        id,
        kind,
        body: { id },
      });
      const open = async () => (await ledger.effects({ limit: 100 })).map(({ id }) => id);

      test("offers effects oldest first until they are done", async () => {
        await ledger.append([event("a")], { effects: [effect("z"), effect("y")] });
        await ledger.append([event("b")], { effects: [effect("x")] });
        expect(await open()).toEqual(["z", "y", "x"]);
        await ledger.effectDone("y");
        await ledger.effectDone("y");
        expect(await open()).toEqual(["z", "x"]);
        expect(await ledger.effects({ limit: 1 })).toEqual([{ ...effect("z"), attempts: 0 }]);
      });

      test("chooses by kind, and leaves out what failed too often when asked", async () => {
        await ledger.append([event("a")], { effects: [effect("one"), effect("two", "notify")] });
        await ledger.effectFailed("one", "the chain said no");
        await ledger.effectFailed("one", "again ".repeat(1_000));
        expect((await ledger.effects({ kind: "notify", limit: 9 })).map(({ id }) => id)).toEqual(["two"]);
        expect((await ledger.effects({ limit: 9 }))[0]).toEqual({ ...effect("one"), attempts: 2 });
        expect((await ledger.effects({ limit: 9, maxAttempts: 2 })).map(({ id }) => id)).toEqual(["two"]);
      });

      test("takes an id once, also after it was done, so that a repeated append repeats no effect", async () => {
        await ledger.append([event("a")], { effects: [effect("pay")] });
        await ledger.effectDone("pay");
        await ledger.append([event("a")], { effects: [effect("pay")] });
        expect(await open()).toEqual([]);
      });

      test("still holds after a restart what was not done", async () => {
        await ledger.append([event("a")], { effects: [effect("done"), effect("open")] });
        await ledger.effectDone("done");
        await ledger.close();
        ledger = await here.open();
        expect(await open()).toEqual(["open"]);
      });
    });

    describe("projections", () => {
      test("fold what is new since the last call", async () => {
        let folded = 0;
        const counting = {
          ...sum,
          fold: (...args: Parameters<typeof sum.fold>) => {
            folded++;
            return sum.fold(...args);
          },
        };
        await ledger.append(events(4));
        expect(await ledger.project(counting)).toEqual({ state: { total: 6, last: "k3" }, seq: 4 });
        await ledger.append([event("more", { value: 10 })]);
        expect(await ledger.project(counting)).toEqual({ state: { total: 16, last: "more" }, seq: 5 });
        expect(folded).toBe(5);
      });

      test("go on from the stored checkpoint after a restart", async () => {
        await ledger.append(events(10));
        await ledger.project(sum);
        await ledger.close();
        ledger = await here.open();
        const never: typeof sum = {
          ...sum,
          fold: () => {
            throw new Error("was folded already");
          },
        };
        expect(await ledger.project(never)).toEqual({ state: { total: 45, last: "k9" }, seq: 10 });
      });

      test("start over when the version changes, and on rebuild", async () => {
        await ledger.append(events(4));
        await ledger.project(sum);
        const doubled = {
          ...sum,
          version: 2,
          fold: (state: { total: number; last: string }, one: LedgerEvent) => {
            const { total, last } = sum.fold(state, one);
            return { total: total + (one.body as { value: number }).value, last };
          },
        };
        expect((await ledger.project(doubled)).state.total).toBe(12);
        const broken = {
          ...doubled,
          fold: (state: { total: number; last: string }) => ({ ...state, total: -1 }),
        };
        expect((await ledger.project(broken)).state.total).toBe(12); // nothing new to fold
        await ledger.rebuild("sum");
        expect((await ledger.project(broken)).state.total).toBe(-1);
        await ledger.rebuild();
        expect((await ledger.project(doubled)).state.total).toBe(12);
      });

      test("see only the types they name, over more events than one page holds", async () => {
        const many = events(2_500).map((one, index) => (index % 2 ? one : { ...one, type: "round.closed" }));
        await ledger.append(many);
        const odd = { ...sum, name: "odd", types: ["job.concluded"] };
        expect(await ledger.project(odd)).toEqual({
          state: { total: 1_250 ** 2, last: "k2499" },
          seq: 2_500,
        });
      });

      test("give each caller a state of its own", async () => {
        await ledger.append(events(2));
        const first = await ledger.project(sum);
        first.state.total = 99;
        expect((await ledger.project(sum)).state.total).toBe(1);
        expect(sum.initial).toEqual({ total: 0, last: "" });
      });

      test("agree with a fold from the first event, wherever the calls fell", async () => {
        const random = fc.sample(fc.integer({ min: 0, max: 40 }), 12);
        let total = 0;
        for (const [round, count] of random.entries()) {
          const batch = events(count, `r${round}-`);
          await ledger.append(batch);
          total += (count * (count - 1)) / 2;
          expect((await ledger.project(sum)).state.total).toBe(total);
        }
        const whole = (await ledger.read({ limit: 10_000 })).reduce(sum.fold, sum.initial);
        expect((await ledger.project(sum)).state).toEqual(whole);
      });
    });

    describe("listeners", () => {
      test("are called after an append, and not once cancelled", async () => {
        let calls = 0;
        const listening = ledger.onAppend(() => calls++);
        await ledger.append([event("a")]);
        await until(() => calls > 0);
        listening.cancel();
        const before = calls;
        await ledger.append([event("b")]);
        await ledger.read();
        expect(calls).toBe(before);
      });

      test("hear of what another process appended", async () => {
        const other = await here.open();
        let calls = 0;
        const listening = ledger.onAppend(() => calls++);
        await until(async () => {
          await other.append([event(`from-outside-${calls}-${Math.random()}`)]);
          return calls > 0;
        });
        listening.cancel();
        await other.close();
      });
    });

    test("two connections appending at once make one chain, each key once", async () => {
      const other = await here.open();
      const work = async (one: Ledger, name: string) => {
        for (let round = 0; round < 20; round++)
          await Promise.all([
            one.append(events(3, `${name}-${round}-`)),
            one.append([event(`shared-${round}`, { by: name })]),
          ]);
      };
      await Promise.all([work(ledger, "left"), work(other, "right")]);
      expect(await ledger.verify()).toEqual({ ok: true, events: 2 * 20 * 3 + 20 });
      await other.close();
    });
  });
}

const hasLoneSurrogate = (body: Json): boolean => {
  if (typeof body === "string") return !body.isWellFormed();
  if (body === null || typeof body !== "object") return false;
  return Object.entries(body).some(
    ([key, value]) => key === "__proto__" || !key.isWellFormed() || hasLoneSurrogate(value),
  );
};
