/** Nodes of the release before and of this one, over one service whose bodies moved on. */
import { expect, test } from "bun:test";
import { z } from "zod";
import { event, implement, job, request, service, stream } from "../../protocol/service.ts";
import { released } from "../../protocol/versions.ts";
import { eventually, failureOf } from "./harness.ts";
import type { ServiceBench } from "./service-bench.ts";

/** Version 1 said seconds; version 2 says milliseconds under another name. */
const Before = z.object({ seconds: z.number() });
const Now = released(z.object({ ms: z.number() }), {
  version: 2,
  upcasters: { 1: (older) => ({ ms: (older as { seconds: number }).seconds * 1_000 }) },
});
const Done = z.object({ took: z.number() });

const options = { calledBy: ["gateway"], timeoutMs: 5_000 } as const;
const about = { servedBy: ["validator"], summary: "Under test." } as const;

export function specifyVersions(bench: ServiceBench): void {
  const declared = () => {
    const name = bench.freshName();
    const methods = <S extends z.ZodType>(body: S) => ({
      wait: request(body, Done, options),
      steps: stream(body, Done, options),
      work: job(body, body, options),
      waited: event(body, options),
      last: request(Done, body, options),
    });
    return {
      before: service(name, 1, about, methods(Before)),
      now: service(name, 1, about, methods(Now)),
    };
  };
  const implementNow = (now: ReturnType<typeof declared>["now"]) =>
    implement(now, {
      wait: async ({ ms }) => ({ took: ms }),
      async *steps({ ms }) {
        yield { took: ms };
      },
      work: async ({ ms }) => ({ ms }),
      last: async ({ took }) => ({ ms: took }),
    });
  const implementBefore = (before: ReturnType<typeof declared>["before"]) =>
    implement(before, {
      wait: async ({ seconds }) => ({ took: seconds }),
      async *steps({ seconds }) {
        yield { took: seconds };
      },
      work: async ({ seconds }) => ({ seconds }),
      last: async ({ took }) => ({ seconds: took }),
    });
  const until = (what: string, condition: () => boolean) => eventually(bench.harness.clock, what, condition);

  test("a node of the release before asks, streams and hands out jobs, and is understood", async () => {
    const { before, now } = declared();
    const [older, newer] = [await bench.party("older"), await bench.party("newer")];
    const did: number[] = [];
    const implementation = implementNow(now);
    await bench.serving(
      newer.services.serve(
        implement(now, {
          ...implementation.handlers,
          async work({ ms }) {
            did.push(ms);
            return { ms };
          },
        }),
      ),
    );
    const client = older.services.client(before);
    expect(await client.wait({ seconds: 2 })).toEqual({ took: 2_000 });
    const steps: unknown[] = [];
    for await (const step of client.steps({ seconds: 3 })) steps.push(step);
    expect(steps).toEqual([{ took: 3_000 }]);
    await client.work.enqueue({ seconds: 4 }, { id: "one" });
    await until("the job was done", () => did.length === 1);
    expect(did).toEqual([4_000]);
  });

  test("an announcement of the release before is heard as it is said today", async () => {
    const { before, now } = declared();
    const [older, newer] = [await bench.party("older"), await bench.party("newer")];
    const heard: unknown[] = [];
    newer.services.client(now).waited.subscribe((body) => void heard.push(body));
    await newer.transport.flush();
    older.services.client(before).waited.publish({ seconds: 5 });
    await until("it was heard", () => heard.length === 1);
    expect(heard).toEqual([{ ms: 5_000 }]);
  });

  test("answers and results of the release before are read by this one", async () => {
    const { before, now } = declared();
    const [older, newer] = [await bench.party("older"), await bench.party("newer")];
    await bench.serving(older.services.serve(implementBefore(before)));
    const client = newer.services.client(now);
    expect(await client.last({ took: 6 })).toEqual({ ms: 6_000 });
    const results: unknown[] = [];
    await bench.serving(client.work.results("judge", async (result) => void results.push(result)));
    await older.services.client(before).work.enqueue({ seconds: 7 }, { id: "one", resultsTo: "judge" });
    await until("the result came", () => results.length === 1);
    expect(results).toEqual([{ id: "one", ok: true, value: { ms: 7_000 } }]);
  });

  test("what is newer than the node that gets it ends in unknown-version, said to whoever sent it", async () => {
    const { before, now } = declared();
    const [older, newer] = [await bench.party("older"), await bench.party("newer")];
    await bench.serving(older.services.serve(implementBefore(before)));
    const client = newer.services.client(now);
    expect(await failureOf(client.wait({ ms: 1 }))).toMatchObject({
      code: "unknown-version",
      retryable: false,
    });
    expect((await failureOf(client.steps({ ms: 1 })[Symbol.asyncIterator]().next())).code).toBe(
      "unknown-version",
    );
    const results: unknown[] = [];
    await bench.serving(client.work.results("judge", async (result) => void results.push(result)));
    await client.work.enqueue({ ms: 1 }, { id: "one", resultsTo: "judge" });
    await until("the result came", () => results.length === 1);
    expect(results).toMatchObject([{ id: "one", ok: false, failure: { code: "unknown-version" } }]);
    older.services.stats();
    const labels = { service: before.name, method: "wait", reason: "unknown-version" };
    expect(older.metrics.read("orrery_dropped_total", labels)).toBe(1);
  });

  test("an answer newer than the node that asked ends in unknown-version there", async () => {
    const { before, now } = declared();
    const [older, newer] = [await bench.party("older"), await bench.party("newer")];
    await bench.serving(newer.services.serve(implementNow(now)));
    expect((await failureOf(older.services.client(before).last({ took: 1 }))).code).toBe("unknown-version");
  });
}
