import { expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { DeadLetter, Transport } from "../../runtime/transport/transport.ts";
import type { Bench } from "./harness.ts";
import { eventually, failureOf, text, utf8 } from "./harness.ts";

const USUAL = { concurrency: 4, ackWaitMs: 5_000, maxDeliver: 3 };
let ids = 0;
const freshId = () => `contract.v1.dead:a/b-${++ids}`;

export function specifyDeadLetters(bench: Bench): void {
  const letterOf = async (transport: Transport, id: string): Promise<DeadLetter> => {
    let letter: DeadLetter | undefined;
    await eventually(bench.harness.clock, `${id} is a dead letter`, async () => {
      letter = await transport.jobs.dead.get(id);
      return letter !== undefined;
    });
    return letter!;
  };

  test("keeps a job whose handler threw something terminal, whole, after one delivery", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const id = freshId();
    let tries = 0;
    await a.jobs.consume(subject, USUAL, async () => {
      tries++;
      throw new Failure("malformed", "cannot read this job");
    });
    await a.jobs.enqueue(subject, utf8("poison"), { id });
    const letter = await letterOf(a, id);
    expect(letter).toMatchObject({ id, subject, deliveries: 1 });
    expect(letter.reason).toContain("malformed");
    expect(letter.reason).toContain("cannot read this job");
    expect(text(letter.data)).toBe("poison");
    expect(Math.abs(letter.at - bench.harness.clock.now())).toBeLessThan(60_000);
    expect(tries).toBe(1);
  });

  test("takes what is not a Failure for a defect of ours: terminal", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const id = freshId();
    await a.jobs.consume(subject, USUAL, async () => {
      throw new TypeError("undefined is not a function");
    });
    await a.jobs.enqueue(subject, utf8("x"), { id });
    expect((await letterOf(a, id)).reason).toContain("defect");
  });

  test("gives a job up as max-deliveries when every delivery failed", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const id = freshId();
    let tries = 0;
    await a.jobs.consume(subject, USUAL, async () => {
      tries++;
      throw new Failure("unavailable", "still not", { retryAfterMs: 10 });
    });
    await a.jobs.enqueue(subject, utf8("x"), { id });
    const letter = await letterOf(a, id);
    expect(letter).toMatchObject({ id, subject, deliveries: 3, reason: "max-deliveries" });
    expect(text(letter.data)).toBe("x");
    expect(tries).toBe(3);
    // The letter is stored before the job is let go, or a crash in between would lose it.
    await eventually(bench.harness.clock, "it is no job any more", async () => {
      const { waiting, inFlight } = await a.jobs.depth(subject);
      return waiting + inFlight === 0;
    });
  });

  test("gives a job up as max-deliveries when every consumer died on it", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const id = freshId();
    let taken = false;
    await b.jobs.consume(subject, { concurrency: 1, ackWaitMs: 400, maxDeliver: 1 }, async () => {
      taken = true;
      await new Promise(() => {});
    });
    await a.jobs.enqueue(subject, utf8("x"), { id });
    await eventually(bench.harness.clock, "it was taken", () => taken);
    await bench.harness.kill(b);
    // The server notices at the end of the ack wait, at the latest when somebody asks for work.
    await a.jobs.consume(subject, { concurrency: 1, ackWaitMs: 400, maxDeliver: 1 }, async () => {});
    expect((await letterOf(a, id)).reason).toBe("max-deliveries");
  });

  test("lists the newest first, at most as many as asked for", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const mine = [freshId(), freshId(), freshId()];
    for (const id of mine) {
      await a.jobs.dead.add({ id, subject, reason: "by hand", deliveries: 0, data: utf8(id) });
      await bench.harness.clock.sleep(2);
    }
    const listed = await a.jobs.dead.list({ limit: 2 });
    expect(listed.map(({ id }) => id)).toEqual([mine[2]!, mine[1]!]);
    expect(text(listed[0]!.data)).toBe(mine[2]!);
  });

  test("replays a letter as a fresh job and removes it", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const id = freshId();
    let broken = true;
    const done: string[] = [];
    await a.jobs.consume(subject, USUAL, async ({ data }) => {
      if (broken) throw new Failure("defect", "a bug");
      done.push(text(data));
    });
    await a.jobs.enqueue(subject, utf8("precious"), { id });
    await letterOf(a, id);
    broken = false;
    await a.jobs.dead.replay(id);
    await eventually(bench.harness.clock, "it was done", () => done.length === 1);
    expect(done).toEqual(["precious"]);
    expect(await a.jobs.dead.get(id)).toBeUndefined();
  });

  test("fails to replay what is not there with not-found", async () => {
    const a = await bench.connect();
    expect((await failureOf(a.jobs.dead.replay("contract.v1.dead:none"))).code).toBe("not-found");
  });

  test("forgets a removed letter", async () => {
    const a = await bench.connect();
    const id = freshId();
    await a.jobs.dead.add({ id, subject: bench.subject(), reason: "r", deliveries: 1, data: utf8("x") });
    expect(await a.jobs.dead.get(id)).toBeDefined();
    await a.jobs.dead.remove(id);
    expect(await a.jobs.dead.get(id)).toBeUndefined();
  });
}
