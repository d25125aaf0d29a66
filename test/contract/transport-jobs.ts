import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { ConsumeOptions, JobDelivery } from "../../runtime/transport/transport.ts";
import type { Bench } from "./harness.ts";
import { eventually, failureOf, gate, text, utf8 } from "./harness.ts";

const USUAL: ConsumeOptions = { concurrency: 8, ackWaitMs: 5_000, maxDeliver: 5 };
let ids = 0;
/** Ids are global in a network, and may hold everything that subjects may not. */
const freshId = () => `contract.v1.job:a/b-${++ids}`;

export function specifyJobs(bench: Bench): void {
  const until = (what: string, condition: () => boolean | Promise<boolean>) =>
    eventually(bench.harness.clock, what, condition);

  test("hands a job to a consumer, whole", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const got: JobDelivery[] = [];
    await b.jobs.consume(subject, USUAL, async (delivery) => void got.push(delivery));
    const id = freshId();
    expect(await a.jobs.enqueue(subject, utf8("work"), { id })).toEqual({ duplicate: false });
    await until("it was delivered", () => got.length === 1);
    expect(got[0]).toMatchObject({ subject, id, delivery: 1 });
    expect(text(got[0]!.data)).toBe("work");
  });

  test("keeps jobs until somebody consumes, in order", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    for (let n = 0; n < 20; n++) await a.jobs.enqueue(subject, utf8(String(n)), { id: freshId() });
    await a.close();
    const got: number[] = [];
    await b.jobs.consume(
      subject,
      { ...USUAL, concurrency: 1 },
      async ({ data }) => void got.push(Number(text(data))),
    );
    await until("all were delivered", () => got.length === 20);
    expect(got).toEqual(Array.from({ length: 20 }, (_, n) => n));
  });

  test("stores a job once for many enqueues with one id", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const id = freshId();
    const answers = [];
    for (let n = 0; n < 5; n++) answers.push(await a.jobs.enqueue(subject, utf8(String(n)), { id }));
    expect(answers.map(({ duplicate }) => duplicate)).toEqual([false, true, true, true, true]);
    expect(await a.jobs.depth(subject)).toEqual({ waiting: 1, inFlight: 0 });
  });

  test("still knows an id after its job was done", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const id = freshId();
    let got = 0;
    await a.jobs.consume(subject, USUAL, async () => void got++);
    await a.jobs.enqueue(subject, utf8("x"), { id });
    await until("it was done", async () => got === 1 && (await a.jobs.depth(subject)).inFlight === 0);
    expect(await a.jobs.enqueue(subject, utf8("x"), { id })).toEqual({ duplicate: true });
    expect(await a.jobs.depth(subject)).toEqual({ waiting: 0, inFlight: 0 });
    expect(got).toBe(1);
  });

  test("refuses a job above the largest size with too-large", async () => {
    const a = await bench.connect();
    const data = new Uint8Array(a.maxPayload + 1);
    expect((await failureOf(a.jobs.enqueue(bench.subject(), data, { id: freshId() }))).code).toBe(
      "too-large",
    );
  });

  test("gives each job to one consumer, and to all of them some", async () => {
    const [a, b, c] = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const subject = bench.subject();
    const got: string[] = [];
    const share = { b: 0, c: 0 };
    const slowly =
      (who: "b" | "c") =>
      async ({ id }: JobDelivery) => {
        got.push(id);
        share[who]++;
        await bench.harness.clock.sleep(5);
      };
    await b.jobs.consume(subject, { ...USUAL, concurrency: 2 }, slowly("b"));
    await c.jobs.consume(subject, { ...USUAL, concurrency: 2 }, slowly("c"));
    await Promise.all(
      Array.from({ length: 60 }, () => a.jobs.enqueue(subject, utf8("x"), { id: freshId() })),
    );
    await until("all were done", () => got.length >= 60);
    expect(new Set(got).size).toBe(60);
    expect(got.length).toBe(60);
    expect(Math.min(share.b, share.c)).toBeGreaterThan(5);
  });

  test("never works on more jobs at once than its concurrency", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    let running = 0;
    let most = 0;
    let done = 0;
    await a.jobs.consume(subject, { ...USUAL, concurrency: 3 }, async () => {
      most = Math.max(most, ++running);
      await bench.harness.clock.sleep(10);
      running--;
      done++;
    });
    for (let n = 0; n < 15; n++) await a.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("all were done", () => done === 15);
    expect(most).toBe(3);
  });

  test("takes jobs of every key below a pattern", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const got: string[] = [];
    for (const key of ["1", "2"]) await a.jobs.enqueue(`${subject}.${key}`, utf8("x"), { id: freshId() });
    await a.jobs.consume(`${subject}.*`, USUAL, async (delivery) => {
      got.push(delivery.subject.slice(subject.length));
    });
    await a.jobs.enqueue(`${subject}.3`, utf8("x"), { id: freshId() });
    await until("all keys were taken", () => got.length === 3);
    expect(got.sort()).toEqual([".1", ".2", ".3"]);
  });

  test("keeps a long job by saying so at a third of the ack wait", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const deliveries: number[] = [];
    let done = false;
    const long = async ({ delivery }: JobDelivery) => {
      deliveries.push(delivery);
      await bench.harness.clock.sleep(2_400);
      done = true;
    };
    const options = { ...USUAL, ackWaitMs: 600 };
    await a.jobs.consume(subject, options, long);
    await b.jobs.consume(subject, options, long);
    await a.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("it was done", () => done);
    expect(deliveries).toEqual([1]);
  });

  test("redelivers to another consumer after one died", async () => {
    const [a, b, c] = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const subject = bench.subject();
    const options = { ...USUAL, ackWaitMs: 500 };
    const taken: number[] = [];
    await b.jobs.consume(subject, options, async ({ delivery }) => {
      taken.push(delivery);
      await new Promise(() => {});
    });
    await a.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("the first took it", () => taken.length === 1);
    await bench.harness.kill(b);
    const rescued: number[] = [];
    await c.jobs.consume(subject, options, async ({ delivery }) => void rescued.push(delivery));
    await until("the second got it", () => rescued.length === 1);
    expect(rescued[0]).toBeGreaterThan(1);
    await until("it is gone", async () => {
      const { waiting, inFlight } = await c.jobs.depth(subject);
      return waiting + inFlight === 0;
    });
  });

  test("redelivers a job whose handler threw something retryable", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const deliveries: number[] = [];
    await a.jobs.consume(subject, USUAL, async ({ delivery }) => {
      deliveries.push(delivery);
      if (delivery < 3) throw new Failure("unavailable", "not yet", { retryAfterMs: 10 });
    });
    await a.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("the third try did it", () => deliveries.length === 3);
    expect(deliveries).toEqual([1, 2, 3]);
  });

  test("waits before a redelivery as long as the failure asks", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const at: number[] = [];
    await a.jobs.consume(subject, USUAL, async ({ delivery }) => {
      at.push(bench.harness.clock.monotonic());
      if (delivery === 1) throw new Failure("overloaded", "later", { retryAfterMs: 400 });
    });
    await a.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("it came again", () => at.length === 2);
    expect(at[1]! - at[0]!).toBeGreaterThanOrEqual(390);
  });

  test("does other jobs while one waits for its next try", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const done: string[] = [];
    await a.jobs.consume(subject, { ...USUAL, concurrency: 1 }, async ({ data, delivery }) => {
      if (text(data) === "poison" && delivery === 1) {
        throw new Failure("unavailable", "later", { retryAfterMs: 1_000 });
      }
      done.push(text(data));
    });
    for (const body of ["poison", "1", "2"]) await a.jobs.enqueue(subject, utf8(body), { id: freshId() });
    await until("all were done", () => done.length === 3);
    expect(done).toEqual(["1", "2", "poison"]);
  });

  test("tells waiting and in flight", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const hold = gate();
    let running = 0;
    await a.jobs.consume(subject, { ...USUAL, concurrency: 2 }, async () => {
      running++;
      await hold.passed;
    });
    for (let n = 0; n < 5; n++) await a.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("two run", () => running === 2);
    expect(await a.jobs.depth(subject)).toEqual({ waiting: 3, inFlight: 2 });
    hold.open();
    await until("all were done", () => running === 5);
    await until("nothing is left", async () => {
      const { waiting, inFlight } = await a.jobs.depth(subject);
      return waiting + inFlight === 0;
    });
  });

  test("drains: finishes what runs, takes nothing more", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const hold = gate();
    let started = 0;
    const consumer = await b.jobs.consume(subject, { ...USUAL, concurrency: 1 }, async () => {
      started++;
      await hold.passed;
    });
    await a.jobs.enqueue(subject, utf8("1"), { id: freshId() });
    await until("it runs", () => started === 1);
    const draining = consumer.drain({ deadline: bench.harness.clock.now() + 10_000 });
    await a.jobs.enqueue(subject, utf8("2"), { id: freshId() });
    hold.open();
    expect((await draining).finished).toBe(1);
    expect(started).toBe(1);
    await until("the second waits", async () => (await a.jobs.depth(subject)).waiting === 1);
  });

  test("drains: gives back what does not finish in time, and aborts it", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    let aborted = 0;
    let started = 0;
    const consumer = await a.jobs.consume(subject, USUAL, async (_, signal) => {
      started++;
      signal.addEventListener("abort", () => aborted++);
      await new Promise(() => {});
    });
    for (let n = 0; n < 3; n++) await b.jobs.enqueue(subject, utf8("x"), { id: freshId() });
    await until("all run", () => started === 3);
    const report = await consumer.drain({ deadline: bench.harness.clock.now() + 100 });
    expect(report).toEqual({ finished: 0, returned: 3 });
    expect(aborted).toBe(3);
    let done = 0;
    await b.jobs.consume(subject, USUAL, async () => void done++);
    await until("somebody else did them", () => done === 3);
  });
}
