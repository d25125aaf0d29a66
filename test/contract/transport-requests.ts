import { expect, test } from "bun:test";
import type { Bench } from "./harness.ts";
import { eventually, failureOf, text, utf8 } from "./harness.ts";

export function specifyRequests(bench: Bench): void {
  test("answers a request", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    b.subscribe(subject, ({ data, reply }) => b.publish(reply!, utf8(`re: ${text(data)}`)));
    await b.flush();
    const answer = await a.request(subject, utf8("q"), { timeoutMs: 5_000 });
    expect(text(answer.data)).toBe("re: q");
  });

  test("gives each of many requests in flight its own answer", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const held: (() => void)[] = [];
    b.subscribe(subject, ({ data, reply }) => held.push(() => b.publish(reply!, data)));
    await b.flush();
    const answers = Array.from({ length: 100 }, (_, n) =>
      a.request(subject, utf8(String(n)), { timeoutMs: 10_000 }),
    );
    await eventually(bench.harness.clock, "all were asked", () => held.length === 100);
    for (const answer of held.reverse()) answer();
    const got = (await Promise.all(answers)).map(({ data }) => Number(text(data)));
    expect(got).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("takes the first of several answers and drops the others", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    b.subscribe(subject, ({ data, reply }) => {
      b.publish(reply!, data);
      b.publish(reply!, utf8("again"));
    });
    await b.flush();
    const first = await a.request(subject, utf8("1"), { timeoutMs: 5_000 });
    const second = await a.request(subject, utf8("2"), { timeoutMs: 5_000 });
    expect([text(first.data), text(second.data)]).toEqual(["1", "2"]);
  });

  test("fails with unavailable at once when nobody listens", async () => {
    const a = await bench.connect();
    const start = bench.harness.clock.monotonic();
    const failure = await failureOf(a.request(bench.subject(), utf8("q"), { timeoutMs: 30_000 }));
    expect(failure).toMatchObject({ code: "unavailable", retryable: true });
    expect(bench.harness.clock.monotonic() - start).toBeLessThan(10_000);
  });

  test("fails with timeout when nobody answers in time", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    b.subscribe(subject, () => {});
    await b.flush();
    const failure = await failureOf(a.request(subject, utf8("q"), { timeoutMs: 50 }));
    expect(failure).toMatchObject({ code: "timeout", retryable: true });
  });

  test("ignores an answer that comes after the timeout", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const replies: string[] = [];
    b.subscribe(subject, ({ reply }) => replies.push(reply!));
    await b.flush();
    expect((await failureOf(a.request(subject, utf8("1"), { timeoutMs: 50 }))).code).toBe("timeout");
    const next = a.request(subject, utf8("2"), { timeoutMs: 5_000 });
    await eventually(bench.harness.clock, "both were asked", () => replies.length === 2);
    b.publish(replies[0]!, utf8("late"));
    b.publish(replies[1]!, utf8("in time"));
    expect(text((await next).data)).toBe("in time");
  });

  test("fails with cancelled when the caller gives up", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    b.subscribe(subject, () => {});
    await b.flush();
    const giveUp = new AbortController();
    const failing = failureOf(a.request(subject, utf8("q"), { timeoutMs: 30_000, signal: giveUp.signal }));
    giveUp.abort();
    expect((await failing).code).toBe("cancelled");
  });

  test("sends nothing for a request that is cancelled already", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const got: string[] = [];
    a.subscribe(subject, ({ data }) => got.push(text(data)));
    const failure = await failureOf(
      a.request(subject, utf8("never"), { timeoutMs: 1_000, signal: AbortSignal.abort() }),
    );
    expect(failure.code).toBe("cancelled");
    a.publish(subject, utf8("mark"));
    await eventually(bench.harness.clock, "the mark arrived", () => got.length > 0);
    expect(got).toEqual(["mark"]);
  });

  test("refuses a request above the largest size with too-large", async () => {
    const a = await bench.connect();
    const failure = await failureOf(
      a.request(bench.subject(), new Uint8Array(a.maxPayload + 1), { timeoutMs: 1_000 }),
    );
    expect(failure.code).toBe("too-large");
  });

  test("fails requests in flight with unavailable when the connection closes", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    b.subscribe(subject, () => {});
    await b.flush();
    const failing = failureOf(a.request(subject, utf8("q"), { timeoutMs: 30_000 }));
    await a.close();
    expect((await failing).code).toBe("unavailable");
  });

  test("goes to one member of a queue group", async () => {
    const [a, b, c] = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const subject = bench.subject();
    let asked = 0;
    for (const server of [b, c]) {
      server.subscribe(
        subject,
        ({ reply, data }) => {
          asked++;
          server.publish(reply!, data);
        },
        { queue: "q" },
      );
    }
    await Promise.all([b.flush(), c.flush()]);
    for (let n = 0; n < 20; n++) await a.request(subject, utf8("q"), { timeoutMs: 5_000 });
    expect(asked).toBe(20);
  });
}
