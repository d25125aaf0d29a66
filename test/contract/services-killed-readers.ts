/** What becomes of a stream whose reader was killed. */
import { expect, test } from "bun:test";
import { implement } from "../../protocol/service.ts";
import { ByteStream } from "../../runtime/byte-stream.ts";
import type { Context } from "../../runtime/context.ts";
import { eventually, gate } from "./harness.ts";
import type { Party, ServiceBench } from "./service-bench.ts";
import { declareStreams, SEQUENCE } from "./services-streams.ts";

async function* noNumbers(): AsyncGenerator<{ n: number }> {}
async function* noBytes(): AsyncGenerator<Uint8Array<ArrayBuffer>> {}

export function specifyKilledReaders(bench: ServiceBench): void {
  const until = (what: string, condition: () => boolean) => eventually(bench.harness.clock, what, condition);

  /** Kills the reader's connection, and waits until the server has let go of its inbox. */
  const killReader = async ({ transport }: Party, inbox: string, witness: Party) => {
    const missed = witness.transport.inbox();
    let gone = false;
    const subscription = witness.transport.subscribe(missed, () => {
      gone = true;
    });
    await bench.harness.kill(transport);
    await until("the inbox is gone", () => {
      witness.transport.publish(inbox, "?", { reply: missed });
      return gone;
    });
    subscription.unsubscribe();
  };
  /** Where the reader of the next stream will listen. */
  const inboxOf = async (
    witness: Party,
    declared: { name: string },
    method: string,
  ): Promise<() => string> => {
    let inbox = "";
    witness.transport.subscribe(
      `orr.${bench.harness.net}.${declared.name}.v1.${method}`,
      ({ reply = "" }) => {
        inbox = reply;
      },
    );
    await witness.transport.flush();
    return () => inbox;
  };

  test("stops a producer by the first chunk that its reader has not lived to see", async () => {
    let made = 0;
    let next = gate();
    const ended = gate();
    async function* numbers(_: { count: number }, { signal }: Context) {
      try {
        for (; ; made++) {
          yield { n: made };
          const stopped = new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve()));
          await Promise.race([next.passed, stopped]);
          signal.throwIfAborted();
          next = gate();
        }
      } finally {
        ended.open();
      }
    }
    const [caller, server] = [await bench.party("caller"), await bench.party("server")];
    const declared = declareStreams(bench);
    await bench.serving(server.services.serve(implement(declared, { numbers, bytes: noBytes })));
    const inbox = await inboxOf(server, declared, "numbers");
    const reader = caller.services.client(declared).numbers({ count: 0 })[Symbol.asyncIterator]();
    await reader.next();
    await killReader(caller, inbox(), server);
    // The server is not asked twice within a few milliseconds.
    await bench.harness.clock.sleep(50);
    next.open();
    await ended.passed;
    expect(made).toBe(1);
    const said = () => server.services.stats().find(({ method }) => method === "numbers")?.lastError ?? "";
    await until("it is counted", () => said().includes("the reader of the stream is gone"));
  });

  test("stops every producer of bytes without boundaries in the same way, also when it has used up its credit", async () => {
    const [caller, server] = [await bench.party("caller"), await bench.party("server")];
    const declared = declareStreams(bench);
    const ended = [gate(), gate()];
    const next = gate();
    async function* chunks(stream: number) {
      try {
        yield SEQUENCE;
        await next.passed;
        for (;;) yield SEQUENCE;
      } finally {
        ended[stream]!.open();
      }
    }
    const bytes = ({ count }: { count: number }) => new ByteStream(chunks(count));
    await bench.serving(server.services.serve(implement(declared, { numbers: noNumbers, bytes })));
    const inbox = await inboxOf(server, declared, "bytes");
    const readers = [0, 1].map((count) =>
      caller.services.client(declared).bytes({ count })[Symbol.asyncIterator](),
    );
    await Promise.all(readers.map((reader) => reader.next()));
    await killReader(caller, inbox(), server);
    await bench.harness.clock.sleep(50);
    next.open();
    await Promise.all(ended.map(({ passed }) => passed));
  });
}
