import { expect, test } from "bun:test";
import { z } from "zod";
import { sha256 } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import { implement, service, stream } from "../../protocol/service.ts";
import { ByteStream } from "../../runtime/byte-stream.ts";
import type { Context } from "../../runtime/context.ts";
import { PIECE_BYTES, WINDOW, WINDOW_BYTES, windowOfBytes } from "../../runtime/services/stream-window.ts";
import type { Inbound } from "../../runtime/transport/transport.ts";
import { eventually, failureOf, gate, text, utf8 } from "./harness.ts";
import type { Party, ServiceBench } from "./service-bench.ts";

const Input = z.object({ count: z.number().int() });
const Chunk = z.object({ n: z.number().int() });
const options = { calledBy: ["gateway"], timeoutMs: 60_000 } as const;

export const SEQUENCE = Uint8Array.from({ length: 5 * PIECE_BYTES + 1 }, (_, at) => at % 251);
const STREAMED = Buffer.concat([SEQUENCE, SEQUENCE.subarray(0, 3), SEQUENCE.subarray(0, PIECE_BYTES)]);

export const declareStreams = (bench: ServiceBench) =>
  service(
    bench.freshName(),
    1,
    { servedBy: ["validator"], summary: "Under test." },
    {
      numbers: stream(Input, Chunk, options),
      bytes: stream(Input, z.instanceof(Uint8Array), options),
    },
  );

export function specifyStreams(bench: ServiceBench): void {
  const declare = () => declareStreams(bench);
  type Declared = ReturnType<typeof declare>;
  type Numbers = (input: { count: number }, context: Context) => AsyncIterable<{ n: number }>;

  async function* bytes({ count }: { count: number }) {
    for (let n = 0; n < count; n++) yield new Uint8Array(64 * 1024).fill(n);
  }
  const serve = async (numbers: Numbers, declared: Declared = declare()) => {
    const [caller, server] = [await bench.party("caller"), await bench.party("server")];
    await bench.serving(server.services.serve(implement(declared, { numbers, bytes })));
    return { caller, server, declared, client: caller.services.client(declared) };
  };
  async function* upTo({ count }: { count: number }) {
    for (let n = 0; n < count; n++) yield { n };
  }
  const until = (what: string, condition: () => boolean) => eventually(bench.harness.clock, what, condition);
  const read = async (chunks: AsyncIterable<{ n: number }>) =>
    (await Array.fromAsync(chunks)).map(({ n }) => n);

  test("delivers all chunks in order and ends", async () => {
    const { client } = await serve(upTo);
    expect(await read(client.numbers({ count: 1_000 }))).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
  });

  test("delivers an empty stream", async () => {
    const { client } = await serve(upTo);
    expect(await read(client.numbers({ count: 0 }))).toEqual([]);
  });

  test("returns the digest of what arrived, and none to a reader that leaves", async () => {
    const { client } = await serve(upTo);
    const digestOf = (count: number) =>
      sha256(Array.from({ length: count }, (_, n) => JSON.stringify({ n })).join(""));
    for (const count of [0, 3, 300]) {
      const reader = client.numbers({ count })[Symbol.asyncIterator]();
      let step = await reader.next();
      while (!step.done) step = await reader.next();
      expect(step.value).toMatchObject({ sha256: digestOf(count) });
      expect((await reader.next()).value).toEqual(step.value);
    }
    const leaving = client.numbers({ count: 3 })[Symbol.asyncIterator]();
    await leaving.next();
    await bench.harness.clock.sleep(20);
    expect(await leaving.return?.()).toEqual({ done: true, value: undefined });
    expect(await leaving.next()).toEqual({ done: true, value: undefined });
  });

  test("carries bytes as bytes", async () => {
    const { client } = await serve(upTo);
    let total = 0;
    let n = 0;
    for await (const chunk of client.bytes({ count: 100 })) {
      expect(chunk.byteLength).toBe(64 * 1024);
      expect(chunk[12_345]).toBe(n++);
      total += chunk.byteLength;
    }
    expect(total).toBe(100 * 64 * 1024);
  });

  /** Serves chunks of three sizes as one sequence, announced as `content`. */
  const serveSequence = async (content?: { sha256: string; size: number }) => {
    const declared = declare();
    const [caller, server] = [await bench.party("caller"), await bench.party("server")];
    async function* chunks() {
      for (const size of [5 * PIECE_BYTES + 1, 3, PIECE_BYTES]) yield SEQUENCE.subarray(0, size);
    }
    const handlers = { numbers: upTo, bytes: () => new ByteStream(chunks(), content) };
    await bench.serving(server.services.serve(implement(declared, handlers)));
    return caller.services.client(declared).bytes({ count: 0 });
  };

  test("bytes without boundaries arrive whole, cut as they travel best", async () => {
    const announced = { sha256: sha256(STREAMED), size: STREAMED.byteLength };
    for (const content of [undefined, announced]) {
      const pieces = await Array.fromAsync(await serveSequence(content));
      expect(Buffer.concat(pieces).equals(STREAMED)).toBe(true);
      expect(Math.max(...pieces.map(({ byteLength }) => byteLength))).toBe(PIECE_BYTES);
    }
  });

  test("a handler that streams other bytes than it announced is found out, by digest and by size", async () => {
    const right = { sha256: sha256(STREAMED), size: STREAMED.byteLength };
    for (const wrong of [
      { ...right, sha256: sha256("other bytes") },
      { ...right, size: right.size + 1 },
    ]) {
      const failure = await failureOf(Array.fromAsync(await serveSequence(wrong)));
      expect(failure.code).toBe("corrupt");
    }
  });

  test("lets a slow reader hold the producer to the window", async () => {
    let produced = 0;
    const { client } = await serve(async function* () {
      for (;;) yield { n: produced++ };
    });
    const reader = client.numbers({ count: 0 })[Symbol.asyncIterator]();
    await reader.next();
    await until("the window is full", () => produced >= WINDOW);
    await bench.harness.clock.sleep(200);
    // One read, one window on its way, and the one that waits for credit.
    expect(produced).toBeLessThanOrEqual(WINDOW + 2);
    for (let n = 0; n < 100; n++) await reader.next();
    await bench.harness.clock.sleep(200);
    expect(produced).toBeLessThanOrEqual(101 + WINDOW + 2 + WINDOW / 2);
    await reader.return?.();
  });

  test("lets a slow reader hold a producer of large chunks to fewer of them", async () => {
    let produced = 0;
    const declared = declare();
    const [caller, server] = [await bench.party("caller"), await bench.party("server")];
    async function* large() {
      for (; ; produced++) yield new Uint8Array(64 * 1024);
    }
    await bench.serving(server.services.serve(implement(declared, { numbers: upTo, bytes: large })));
    const reader = caller.services.client(declared).bytes({ count: 0 })[Symbol.asyncIterator]();
    await reader.next();
    const held = WINDOW_BYTES / (64 * 1024);
    await until("the window is full", () => produced >= held);
    await bench.harness.clock.sleep(200);
    expect(produced).toBeLessThanOrEqual(held + 2);
    for (let n = 0; n < 100; n++) expect((await reader.next()).done).toBe(false);
    await reader.return?.();
  });

  test("lets bytes without boundaries run further ahead while few streams send such, and frees their place at the end", async () => {
    const [caller, server] = [await bench.party("caller"), await bench.party("server")];
    const declared = declare();
    const chunk = new Uint8Array(64 * 1024);
    const produced = new Map<number, number>();
    async function* counted(stream: number) {
      for (;;) {
        produced.set(stream, (produced.get(stream) ?? 0) + chunk.byteLength);
        yield chunk;
      }
    }
    const bytes = ({ count }: { count: number }) => new ByteStream(counted(count));
    await bench.serving(server.services.serve(implement(declared, { numbers: upTo, bytes })));
    const open = async (stream: number) => {
      const reader = caller.services.client(declared).bytes({ count: stream })[Symbol.asyncIterator]();
      await reader.next();
      return reader;
    };
    const atMost = (streams: number) => windowOfBytes(streams) + 3 * chunk.byteLength;
    const alone = await open(0);
    await until("a lone stream fills its window", () => (produced.get(0) ?? 0) > windowOfBytes(1));
    const others = await Promise.all(Array.from({ length: 15 }, (_, at) => open(at + 1)));
    const last = await open(16);
    await bench.harness.clock.sleep(200);
    expect(produced.get(0)).toBeLessThanOrEqual(atMost(1));
    expect(produced.get(16)).toBeLessThanOrEqual(atMost(17));
    for (const reader of [alone, last, ...others]) await reader.return?.();
    const next = await open(17);
    await until("alone again", () => (produced.get(17) ?? 0) > windowOfBytes(1));
    await next.return?.();
  });

  test("ends the producer's generator when the reader breaks off", async () => {
    const ended = gate();
    const { client } = await serve(async function* () {
      try {
        for (let n = 0; ; n++) yield { n };
      } finally {
        ended.open();
      }
    });
    for await (const { n } of client.numbers({ count: 0 })) if (n === 5) break;
    await ended.passed;
  });

  test("ends the producer also when the reader leaves before the first chunk", async () => {
    const ended = gate();
    const { client } = await serve(async function* (_, { signal }) {
      try {
        await bench.harness.clock.sleep(60_000, signal);
        yield { n: 1 };
      } finally {
        ended.open();
      }
    });
    const reader = client.numbers({ count: 0 })[Symbol.asyncIterator]();
    const waiting = reader.next();
    await reader.return?.();
    await ended.passed;
    expect((await waiting).done).toBe(true);
  });

  test("ends both sides when the reader's signal aborts", async () => {
    const ended = gate();
    const { client } = await serve(async function* (_, { signal }) {
      try {
        yield { n: 1 };
        await bench.harness.clock.sleep(60_000, signal);
      } finally {
        ended.open();
      }
    });
    const giveUp = new AbortController();
    const reader = client.numbers({ count: 0 }, { signal: giveUp.signal })[Symbol.asyncIterator]();
    expect((await reader.next()).value).toEqual({ n: 1 });
    const failing = failureOf(reader.next());
    giveUp.abort();
    expect((await failing).code).toBe("cancelled");
    await ended.passed;
    expect((await reader.next()).done).toBe(true);
  });

  test("raises the producer's failure after what it sent before", async () => {
    const { client } = await serve(async function* () {
      yield { n: 1 };
      yield { n: 2 };
      throw new Failure("provider", "the model stopped", { meta: { at: 2 } });
    });
    const got: number[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const { n } of client.numbers({ count: 0 })) got.push(n);
      })(),
    );
    expect(got).toEqual([1, 2]);
    expect(failure).toMatchObject({ code: "provider", message: "the model stopped", meta: { at: 2 } });
  });

  test("answers a malformed input with malformed", async () => {
    const { client } = await serve(upTo);
    expect((await failureOf(read(client.numbers({ count: "x" } as never)))).code).toBe("malformed");
  });

  test("refuses a chunk that does not fit its schema", async () => {
    const { client } = await serve(async function* () {
      yield { n: 1 };
      yield { n: "two" } as never;
    });
    expect((await failureOf(read(client.numbers({ count: 0 })))).code).toBe("malformed");
  });

  test("refuses such a chunk also when the end of the stream is in already", async () => {
    const { client } = await serve(async function* () {
      yield { n: 1 };
      yield { n: "two" } as never;
    });
    const reader = client.numbers({ count: 0 })[Symbol.asyncIterator]();
    await reader.next();
    await bench.harness.clock.sleep(50);
    expect((await failureOf(reader.next())).code).toBe("malformed");
    expect((await reader.next()).done).toBe(true);
  });

  test("fails with unavailable when nobody serves", async () => {
    const caller = await bench.party("caller");
    const { numbers } = caller.services.client(declare());
    expect((await failureOf(read(numbers({ count: 1 })))).code).toBe("unavailable");
  });

  test("fails with timeout at the deadline", async () => {
    const { client } = await serve(async function* (_, { signal }) {
      yield { n: 1 };
      await bench.harness.clock.sleep(60_000, signal);
    });
    const deadline = bench.harness.clock.now() + 200;
    expect((await failureOf(read(client.numbers({ count: 0 }, { deadline })))).code).toBe("timeout");
  });

  test("keeps many streams apart", async () => {
    const { client } = await serve(upTo);
    const counts = Array.from({ length: 20 }, (_, n) => n * 13);
    const got = await Promise.all(counts.map((count) => read(client.numbers({ count }))));
    expect(got.map(({ length }) => length)).toEqual(counts);
  });

  test("reports waiting and errors of a stream in the statistics", async () => {
    const { client, server } = await serve(upTo);
    await read(client.numbers({ count: 3 }));
    const stats = server.services.stats().find(({ method }) => method === "numbers");
    expect(stats).toMatchObject({ requests: 1, errors: 0 });
  });

  /** A server that speaks the protocol by hand, to send what ours never would. */
  const byHand = async (
    declared: Declared,
    frames: (call: string) => string[],
    { method = "numbers", told }: { method?: string; told?: string } = {},
  ): Promise<Party> => {
    const server = await bench.party("forger");
    const subject = `orr.${bench.harness.net}.${declared.name}.v1.${method}`;
    server.transport.subscribe(subject, ({ data, reply }: Inbound) => {
      const id = text(data).split(" ")[4]!;
      for (const frame of frames(id)) server.transport.publish(reply!, utf8(frame));
      if (told !== undefined) server.transport.publish(told, "all is sent");
    });
    await server.transport.flush();
    return server;
  };
  const chunk = (declared: Declared, call: string, seq: number) =>
    `orr1 j chunk ${declared.name}.numbers.output@1 s1 ${call} ${call} - - forger ${seq}\n{"n":${seq}}`;

  test("fails with gap when a chunk is missing", async () => {
    const declared = declare();
    await byHand(declared, (call) => [chunk(declared, call, 0), chunk(declared, call, 2)]);
    const caller = await bench.party("caller");
    const got: number[] = [];
    const failure = await failureOf(
      (async () => {
        for await (const { n } of caller.services.client(declared).numbers({ count: 0 })) got.push(n);
      })(),
    );
    expect(got).toEqual([0]);
    expect(failure).toMatchObject({ code: "gap", meta: { expected: 1, got: 2 } });
  });

  test("fails with gap when the last chunks are missing", async () => {
    const declared = declare();
    const end = (call: string) =>
      `orr1 j end ${declared.name}.numbers.output@1 s1 ${call} ${call} - - forger 3\n{"bytes":3,"sha256":"${"0".repeat(64)}"}`;
    await byHand(declared, (call) => [chunk(declared, call, 0), end(call)]);
    const caller = await bench.party("caller");
    const failure = await failureOf(read(caller.services.client(declared).numbers({ count: 0 })));
    expect(failure.code).toBe("gap");
  });

  test("fails with corrupt when the digest does not match", async () => {
    const declared = declare();
    const end = (call: string) =>
      `orr1 j end ${declared.name}.numbers.output@1 s1 ${call} ${call} - - forger 1\n{"bytes":7,"sha256":"${"0".repeat(64)}"}`;
    await byHand(declared, (call) => [chunk(declared, call, 0), end(call)]);
    const caller = await bench.party("caller");
    const failure = await failureOf(read(caller.services.client(declared).numbers({ count: 0 })));
    expect(failure.code).toBe("corrupt");
  });

  test("takes a chunk that comes twice once", async () => {
    const declared = declare();
    const sha256 = new Bun.CryptoHasher("sha256").update('{"n":0}').update('{"n":1}').digest("hex");
    const end = (call: string) =>
      `orr1 j end ${declared.name}.numbers.output@1 s1 ${call} ${call} - - forger 2\n{"bytes":14,"sha256":"${sha256}"}`;
    await byHand(declared, (call) => [
      chunk(declared, call, 0),
      chunk(declared, call, 0),
      chunk(declared, call, 1),
      end(call),
    ]);
    const caller = await bench.party("caller");
    expect(await read(caller.services.client(declared).numbers({ count: 0 }))).toEqual([0, 1]);
  });

  test("hears one stream: frames of another on the same call, and what follows the end, are nothing to it", async () => {
    const declared = declare();
    const sha256 = new Bun.CryptoHasher("sha256").update('{"n":0}').update('{"n":1}').digest("hex");
    const end = (call: string) =>
      `orr1 j end ${declared.name}.numbers.output@1 s1 ${call} ${call} - - forger 2\n{"bytes":14,"sha256":"${sha256}"}`;
    const foreign = (frame: string) => frame.replace(" s1 ", " s2 ");
    await byHand(declared, (call) => [
      chunk(declared, call, 0),
      foreign(chunk(declared, call, 1)),
      foreign(end(call)),
      chunk(declared, call, 1),
      end(call),
      chunk(declared, call, 2),
      end(call),
    ]);
    const caller = await bench.party("caller");
    expect(await read(caller.services.client(declared).numbers({ count: 0 }))).toEqual([0, 1]);
  });

  test("refuses a producer that ignores the reader's credit", async () => {
    const declared = declare();
    await byHand(declared, (call) =>
      Array.from({ length: 500 }, (_, n) =>
        chunk(declared, call, n).replace(/forger \d+\n/, `forger ${n.toString(36)}\n`),
      ),
    );
    const caller = await bench.party("caller");
    const reader = caller.services.client(declared).numbers({ count: 0 })[Symbol.asyncIterator]();
    await reader.next();
    await bench.harness.clock.sleep(100);
    const failure = await failureOf(
      (async () => {
        while (!(await reader.next()).done);
      })(),
    );
    expect(failure).toMatchObject({ code: "malformed" });
    expect(failure.message).toContain("credit");
  });

  test("refuses a producer that sends more bytes than a window holds", async () => {
    const declared = declare();
    const body = "x".repeat(64 * 1024);
    const frame = (call: string, seq: number) =>
      `orr1 b chunk ${declared.name}.bytes.output@1 s1 ${call} ${call} - - forger ${seq.toString(36)}\n${body}`;
    const caller = await bench.party("caller");
    const [told, arrived] = [caller.transport.inbox(), gate()];
    caller.transport.subscribe(told, () => arrived.open());
    const frames = (call: string) => Array.from({ length: WINDOW }, (_, seq) => frame(call, seq));
    await byHand(declared, frames, { method: "bytes", told });
    const reader = caller.services.client(declared).bytes({ count: 0 })[Symbol.asyncIterator]();
    await reader.next();
    await arrived.passed;
    const failure = await failureOf(
      (async () => {
        while (!(await reader.next()).done);
      })(),
    );
    expect(failure).toMatchObject({ code: "malformed" });
    expect(failure.message).toContain("window");
  });
}
