import { expect, test } from "bun:test";
import type { Inbound, TransportStatus } from "../../runtime/transport/transport.ts";
import type { Bench } from "./harness.ts";
import { codeOf, eventually, failureOf, text, utf8 } from "./harness.ts";

export function specifyMessages(bench: Bench): void {
  const until = (what: string, condition: () => boolean) => eventually(bench.harness.clock, what, condition);

  test("delivers a message to a subscriber on another connection", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const got: Inbound[] = [];
    b.subscribe(subject, (message) => got.push(message));
    await b.flush();
    a.publish(subject, utf8("hello"));
    await until("the message arrived", () => got.length === 1);
    expect(got[0]).toMatchObject({ subject, reply: undefined });
    expect(text(got[0]!.data)).toBe("hello");
  });

  test("delivers to a subscriber on the publishing connection", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    let got = 0;
    a.subscribe(subject, () => got++);
    a.publish(subject, utf8("x"));
    await until("the message arrived", () => got === 1);
  });

  test("never calls a subscriber from within publish", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    let got = 0;
    a.subscribe(subject, () => got++);
    a.publish(subject, utf8("x"));
    expect(got).toBe(0);
    await until("the message arrived", () => got === 1);
  });

  test("keeps the order of one publisher", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const got: number[] = [];
    b.subscribe(subject, ({ data }) => got.push(Number(text(data))));
    await b.flush();
    for (let n = 0; n < 5_000; n++) a.publish(subject, utf8(String(n)));
    await until("all arrived", () => got.length === 5_000);
    expect(got).toEqual(Array.from({ length: 5_000 }, (_, n) => n));
  });

  test("keeps the order of one publisher between what may be bundled and what may not", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const got: string[] = [];
    b.subscribe(`${subject}.*`, (message) => {
      got.push(`${message.subject.slice(subject.length + 1)}:${text(message.data)}`);
    });
    await b.flush();
    const sent: string[] = [];
    for (let n = 0; n < 3_000; n++) {
      const key = n % 7 === 0 ? "y" : "x";
      sent.push(`${key}:${n}`);
      a.publish(`${subject}.${key}`, utf8(String(n)), { bundle: n % 11 !== 0 });
      if (n % 500 === 0) await Promise.resolve();
    }
    await until("all arrived", () => got.length === sent.length);
    expect(got).toEqual(sent);
  });

  test("sends headers and bodies as one message each, behind what was published, and copies the bodies at once", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    // Letters of two bytes: neither a subject's length in characters nor its bytes alone are right everywhere.
    for (const subject of [bench.subject(), `${bench.subject()}é`]) {
      const got: string[] = [];
      b.subscribe(subject, ({ data }) => got.push(text(data)));
      await b.flush();
      const bodies = ["one", "", "three"].map(utf8);
      a.publish(subject, "text", { bundle: true });
      a.publish(subject, "more text");
      a.publishFramed(
        subject,
        bodies.map((body, at) => ({ header: `${at}\n`, body })),
      );
      for (const body of bodies) body.fill(0x21);
      a.publish(subject, "end");
      await until("all arrived", () => got.length === 6);
      expect(got).toEqual(["text", "more text", "0\none", "1\n", "2\nthree", "end"]);
    }
  });

  test("refuses a header and a body that are too large together, and what comes once closed", async () => {
    const a = await bench.connect();
    const body = new Uint8Array(a.maxPayload - 1);
    expect(codeOf(() => a.publishFramed(bench.subject(), [{ header: "h\n", body }]))).toBe("too-large");
    await a.close();
    const small = { header: "h\n", body: new Uint8Array(1) };
    expect(codeOf(() => a.publishFramed(bench.subject(), [small]))).toBe("unavailable");
  });

  test("what may be bundled has left when flush resolves, and leaves at a close", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    let got = 0;
    b.subscribe(subject, () => got++);
    await b.flush();
    for (let n = 0; n < 3; n++) a.publish(subject, utf8("x"), { bundle: true });
    await a.flush();
    await b.flush();
    expect(got).toBe(3);
    for (let n = 0; n < 2; n++) a.publish(subject, utf8("x"), { bundle: true });
    await a.close();
    await until("the last words arrived", () => got === 5);
  });

  test("one bundled message whose handler throws keeps no other from its handler", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const got: string[] = [];
    a.subscribe(subject, ({ data }) => {
      if (text(data) === "bad") throw new Error("handler");
      got.push(text(data));
    });
    for (const word of ["one", "bad", "two"]) a.publish(subject, utf8(word), { bundle: true });
    await until("the others arrived", () => got.length === 2);
    expect(got).toEqual(["one", "two"]);
  });

  test("gives every plain subscriber its copy", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    let got = 0;
    a.subscribe(subject, () => got++);
    b.subscribe(subject, () => got++);
    b.subscribe(subject, () => got++);
    await Promise.all([a.flush(), b.flush()]);
    a.publish(subject, utf8("x"));
    await until("all three heard", () => got === 3);
  });

  test("matches one token with * and the rest with >", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const base = bench.subject();
    const star: string[] = [];
    const tail: string[] = [];
    b.subscribe(`${base}.*`, ({ subject }) => star.push(subject.slice(base.length)));
    b.subscribe(`${base}.>`, ({ subject }) => tail.push(subject.slice(base.length)));
    await b.flush();
    for (const key of ["", ".1", ".2", ".1.2", ".end"]) a.publish(base + key, utf8("x"));
    await until("the last one arrived", () => tail.includes(".end") && star.includes(".end"));
    expect(star).toEqual([".1", ".2", ".end"]);
    expect(tail).toEqual([".1", ".2", ".1.2", ".end"]);
  });

  test("matches * in the middle of a subject", async () => {
    const a = await bench.connect();
    const base = bench.subject();
    const got: string[] = [];
    a.subscribe(`${base}.*.b`, ({ subject }) => got.push(subject.slice(base.length)));
    for (const key of [".x.c", ".x.b", ".b", ".y.b"]) a.publish(base + key, utf8("x"));
    await until("both arrived", () => got.length === 2);
    expect(got).toEqual([".x.b", ".y.b"]);
  });

  test("gives a message to one member of a queue group only", async () => {
    const [a, b, c] = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const subject = bench.subject();
    const got: string[] = [];
    let plain = 0;
    b.subscribe(subject, ({ data }) => got.push(text(data)), { queue: "q" });
    c.subscribe(subject, ({ data }) => got.push(text(data)), { queue: "q" });
    c.subscribe(subject, () => plain++);
    await Promise.all([b.flush(), c.flush()]);
    for (let n = 0; n < 200; n++) a.publish(subject, utf8(String(n)));
    await until("the plain subscriber heard all", () => plain === 200 && got.length >= 200);
    expect(new Set(got).size).toBe(200);
    expect(got.length).toBe(200);
  });

  test("shares work fairly among the members of a queue group", async () => {
    const [a, b, c] = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const subject = bench.subject();
    const got = { b: 0, c: 0 };
    b.subscribe(subject, () => got.b++, { queue: "q" });
    c.subscribe(subject, () => got.c++, { queue: "q" });
    await Promise.all([b.flush(), c.flush()]);
    for (let n = 0; n < 1_000; n++) a.publish(subject, utf8("x"));
    await until("all arrived", () => got.b + got.c === 1_000);
    expect(Math.min(got.b, got.c)).toBeGreaterThan(300);
  });

  test("moves work to the members that remain when one unsubscribes", async () => {
    const [a, b, c] = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const subject = bench.subject();
    let got = 0;
    const leaving = b.subscribe(subject, () => {}, { queue: "q" });
    c.subscribe(subject, () => got++, { queue: "q" });
    leaving.unsubscribe();
    await Promise.all([b.flush(), c.flush()]);
    for (let n = 0; n < 50; n++) a.publish(subject, utf8("x"));
    await until("the other member got all", () => got === 50);
  });

  test("delivers nothing after unsubscribe", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    let got = 0;
    let marks = 0;
    const subscription = a.subscribe(subject, () => got++);
    a.subscribe(subject, () => marks++);
    a.publish(subject, utf8("1"));
    await until("the first arrived", () => got === 1);
    subscription.unsubscribe();
    subscription.unsubscribe();
    a.publish(subject, utf8("2"));
    await until("the second reached the other", () => marks === 2);
    expect(got).toBe(1);
  });

  test("goes on after a handler threw", async () => {
    const a = await bench.connect();
    const subject = bench.subject();
    const got: string[] = [];
    a.subscribe(subject, ({ data }) => {
      got.push(text(data));
      if (got.length === 1) throw new Error("handler is broken");
    });
    a.publish(subject, utf8("1"));
    a.publish(subject, utf8("2"));
    await until("the second arrived", () => got.length === 2);
  });

  test("carries a message of the largest size whole", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    const sent = new Uint8Array(a.maxPayload).map((_, index) => index % 251);
    let got: Uint8Array | undefined;
    b.subscribe(subject, ({ data }) => {
      got = data;
    });
    await b.flush();
    a.publish(subject, sent);
    await until("it arrived", () => got !== undefined);
    expect(got!.byteLength).toBe(sent.byteLength);
    expect(Bun.hash(got!)).toBe(Bun.hash(sent));
  });

  test("refuses a message above the largest size with too-large", async () => {
    const a = await bench.connect();
    expect(codeOf(() => a.publish(bench.subject(), new Uint8Array(a.maxPayload + 1)))).toBe("too-large");
  });

  test("refuses to publish on what is not a subject with malformed", async () => {
    const a = await bench.connect();
    for (const subject of ["", "a..b", ".a", "a.", "a b", "a.\nb"]) {
      expect([subject, codeOf(() => a.publish(subject, utf8("x")))]).toEqual([subject, "malformed"]);
    }
  });

  test("hands out inboxes that are all different and reach their connection", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const inboxes = [a.inbox(), a.inbox(), b.inbox(), b.inbox()];
    expect(new Set(inboxes).size).toBe(4);
    let got = 0;
    a.subscribe(inboxes[0]!, () => got++);
    await a.flush();
    b.publish(inboxes[0]!, utf8("x"));
    await until("the inbox got it", () => got === 1);
  });

  test("answers a published reply subject with an empty message when nobody listens", async () => {
    const a = await bench.connect();
    const inbox = a.inbox();
    const got: number[] = [];
    a.subscribe(inbox, ({ data }) => got.push(data.byteLength));
    a.publish(bench.subject(), utf8("anybody?"), { reply: inbox });
    await until("the empty answer came", () => got.length === 1);
    expect(got).toEqual([0]);
  });

  test("answers so for text, bytes and what is framed once the connection that listened is dead, and never before", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const [subject, inbox] = [bench.subject(), a.inbox()];
    let got = 0;
    const missed: string[] = [];
    b.subscribe(subject, () => got++);
    a.subscribe(`${inbox}.*`, (message) => {
      expect(message.data.byteLength).toBe(0);
      missed.push(message.subject.slice(inbox.length + 1));
    });
    await b.flush();
    const say = () => {
      a.publish(subject, "text", { reply: `${inbox}.text` });
      a.publish(subject, utf8("bytes"), { reply: `${inbox}.bytes` });
      const framed = [1, 2].map((n) => ({ header: `${n}\n`, body: utf8("body") }));
      a.publishFramed(subject, framed, { reply: `${inbox}.framed` });
    };
    say();
    await until("all arrived", () => got === 4);
    await a.flush();
    expect(missed).toEqual([]);
    await bench.harness.kill(b);
    await until("the server knows", () => {
      a.publish(subject, "anybody?", { reply: `${inbox}.first` });
      return missed.includes("first");
    });
    await a.flush();
    missed.length = 0;
    say();
    await until("the answers came", () => missed.length === 3);
    expect(missed).toEqual(["text", "bytes", "framed"]);
  });

  test("measures the way to the server", async () => {
    const a = await bench.connect();
    expect(await a.ping()).toBeGreaterThanOrEqual(0);
  });

  test("refuses everything once closed, and says so", async () => {
    const a = await bench.connect();
    const seen: TransportStatus["type"][] = [];
    a.onStatus(({ type }) => seen.push(type));
    await a.close();
    await a.close();
    await until("closed was told", () => seen.includes("closed"));
    expect(codeOf(() => a.publish("a.b", utf8("x")))).toBe("unavailable");
    expect((await failureOf(a.request("a.b", utf8("x"), { timeoutMs: 1_000 }))).code).toBe("unavailable");
    expect((await failureOf(a.ping())).code).toBe("unavailable");
    expect((await failureOf(a.jobs.enqueue("a.b", utf8("x"), { id: "1" }))).code).toBe("unavailable");
    expect((await failureOf(a.leases.get("a"))).code).toBe("unavailable");
  });

  test("delivers what was published just before the close", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const subject = bench.subject();
    let got = 0;
    b.subscribe(subject, () => got++);
    await b.flush();
    for (let n = 0; n < 100; n++) a.publish(subject, utf8("x"));
    await a.close();
    await until("all arrived", () => got === 100);
  });
}
