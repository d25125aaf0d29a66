import { expect, test } from "bun:test";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { implement, request, service } from "../../protocol/service.ts";
import type { Context } from "../../runtime/context.ts";
import { eventually, failureOf, gate, text, utf8 } from "./harness.ts";
import type { ServiceBench } from "./service-bench.ts";

const Question = z.object({ n: z.number().int(), note: z.string().optional() });
const Answer = z.object({ n: z.number().int() });
const options = { calledBy: ["gateway"], timeoutMs: 5_000 } as const;

export function specifyServiceRequests(bench: ServiceBench): void {
  const declare = (more: { key?: string; maxBytes?: number; version?: number; name?: string } = {}) => {
    const { version = 1, name = bench.freshName(), ...rest } = more;
    return service(
      name,
      version,
      { servedBy: ["validator"], summary: "Under test." },
      {
        ask: request(Question, Answer, { ...options, ...rest }),
      },
    );
  };
  const pair = async () => [await bench.party("caller"), await bench.party("server")] as const;
  type Handler = (input: z.output<typeof Question>, context: Context) => Promise<z.output<typeof Answer>>;
  const serve = async (
    declared: ReturnType<typeof declare>,
    handler: Handler,
    more: Parameters<Awaited<ReturnType<typeof pair>>[1]["services"]["serve"]>[1] = {},
  ) => {
    const [caller, server] = await pair();
    await bench.serving(server.services.serve(implement(declared, { ask: handler }), more));
    return { caller, server, ask: caller.services.client(declared).ask };
  };
  const until = (what: string, condition: () => boolean) => eventually(bench.harness.clock, what, condition);

  test("answers a question of another node", async () => {
    const { ask } = await serve(declare(), async ({ n }) => ({ n: n + 1 }));
    expect(await ask({ n: 1 })).toEqual({ n: 2 });
  });

  test("tells the handler who asks, until when and in which conversation", async () => {
    let seen: Context | undefined;
    const { ask } = await serve(declare(), async ({ n }, context) => {
      seen = context;
      return { n };
    });
    const deadline = bench.harness.clock.now() + 2_000;
    await ask({ n: 1 }, { deadline });
    expect(seen).toMatchObject({ sender: "caller", deadline, delivery: 1, key: undefined });
    expect(seen!.correlationId).toBe(seen!.messageId);
    expect(seen!.trace.traceId).toMatch(/^[0-9a-f]{32}$/);
  });

  test("keeps many questions in flight apart", async () => {
    const { ask } = await serve(declare(), async ({ n }) => {
      await bench.harness.clock.sleep(n % 7);
      return { n };
    });
    const answers = await Promise.all(Array.from({ length: 200 }, (_, n) => ask({ n })));
    expect(answers.map(({ n }) => n)).toEqual(Array.from({ length: 200 }, (_, n) => n));
  });

  test("brings a failure to the caller without loss", async () => {
    const thrown = new Failure("provider", "the model is loading", {
      hint: "Wait for it.",
      meta: { model: "m", tries: 3 },
      retryAfterMs: 1_234,
      cause: new Failure("storage", "disk is slow", { owner: "provider" }),
    });
    const { ask } = await serve(declare(), async () => {
      throw thrown;
    });
    const failure = await failureOf(ask({ n: 1 }));
    expect(failure.toWire()).toEqual(thrown.toWire());
  });

  test("brings what is not a Failure as a defect", async () => {
    const { ask } = await serve(declare(), async () => {
      throw new TypeError("x is undefined");
    });
    expect(await failureOf(ask({ n: 1 }))).toMatchObject({ code: "defect", message: "x is undefined" });
  });

  test("answers a malformed body with malformed, and does not run the handler", async () => {
    let ran = 0;
    const { ask } = await serve(declare(), async ({ n }) => {
      ran++;
      return { n };
    });
    const failure = await failureOf(ask({ n: "one" } as never));
    expect(failure).toMatchObject({ code: "malformed", retryable: false });
    expect(String(failure.meta?.problem)).toContain("n");
    expect(ran).toBe(0);
  });

  test("ignores fields it does not know", async () => {
    let got: unknown;
    const { ask } = await serve(declare(), async (input) => {
      got = input;
      return { n: 1, extra: "ignored too" } as never;
    });
    expect(await ask({ n: 1, later: true } as never)).toEqual({ n: 1 });
    expect(got).toEqual({ n: 1 });
  });

  test("refuses an answer that does not fit its schema at the caller", async () => {
    const { ask } = await serve(declare(), async () => ({ n: "many" }) as never);
    expect((await failureOf(ask({ n: 1 }))).code).toBe("malformed");
  });

  test("answers bytes that are no envelope with malformed", async () => {
    const declared = declare();
    const { caller, server } = await serve(declared, async ({ n }) => ({ n }));
    const subject = `orr.${bench.harness.net}.${declared.name}.v1.ask`;
    const answer = await caller.transport.request(subject, utf8("hello?"), { timeoutMs: 5_000 });
    expect(text(answer.data)).toContain('"malformed"');
    server.services.stats();
    expect(
      server.metrics.read("orrery_dropped_total", {
        service: declared.name,
        method: "ask",
        reason: "malformed",
      }),
    ).toBe(1);
  });

  test("answers an unknown schema version with unknown-version", async () => {
    const declared = declare();
    const { caller } = await serve(declared, async ({ n }) => ({ n }));
    const subject = `orr.${bench.harness.net}.${declared.name}.v1.ask`;
    const message = `orr1 j call ${declared.name}.ask.input@9 id1 = - - - caller\n{"n":1}`;
    const answer = await caller.transport.request(subject, utf8(message), { timeoutMs: 5_000 });
    expect(text(answer.data)).toContain('"unknown-version"');
  });

  test("refuses a body above the method's limit before it is sent", async () => {
    const { ask } = await serve(declare({ maxBytes: 200 }), async ({ n }) => ({ n }));
    expect((await failureOf(ask({ n: 1, note: "x".repeat(300) }))).code).toBe("too-large");
  });

  test("answers a body above the method's limit with too-large", async () => {
    const name = bench.freshName();
    const generous = declare({ name, maxBytes: 10_000 });
    const { caller } = await serve(declare({ name, maxBytes: 200 }), async ({ n }) => ({ n }));
    const failure = await failureOf(caller.services.client(generous).ask({ n: 1, note: "x".repeat(2_000) }));
    expect(failure.code).toBe("too-large");
  });

  test("fails with unavailable at once when nobody serves", async () => {
    const caller = await bench.party("caller");
    const failure = await failureOf(
      caller.services.client(declare()).ask({ n: 1 }, { deadline: bench.harness.clock.now() + 60_000 }),
    );
    expect(failure).toMatchObject({ code: "unavailable", retryable: true });
    expect(failure.hint).toContain("validator");
  });

  test("fails with timeout at the deadline, and aborts the handler", async () => {
    const stopped = gate();
    const { ask } = await serve(declare(), async (_, { signal }) => {
      signal.addEventListener("abort", stopped.open);
      await stopped.passed;
      return { n: 1 };
    });
    const failure = await failureOf(ask({ n: 1 }, { deadline: bench.harness.clock.now() + 100 }));
    expect(failure.code).toBe("timeout");
    await stopped.passed;
  });

  test("never executes an expired message: dropped and counted", async () => {
    const declared = declare();
    const hold = gate();
    const ran: number[] = [];
    const { ask, server } = await serve(
      declared,
      async ({ n }) => {
        ran.push(n);
        if (n === 1) await hold.passed;
        return { n };
      },
      { concurrency: 1 },
    );
    const first = ask({ n: 1 });
    await until("the first runs", () => ran.length === 1);
    expect((await failureOf(ask({ n: 2 }, { deadline: bench.harness.clock.now() + 50 }))).code).toBe(
      "timeout",
    );
    hold.open();
    await first;
    await ask({ n: 3 });
    expect(ran).toEqual([1, 3]);
    server.services.stats();
    expect(
      server.metrics.read("orrery_dropped_total", {
        service: declared.name,
        method: "ask",
        reason: "expired",
      }),
    ).toBe(1);
  });

  test("cancels the handler when the caller gives up", async () => {
    const stopped = gate();
    let running = false;
    const { ask } = await serve(declare(), async (_, { signal }) => {
      running = true;
      signal.addEventListener("abort", stopped.open);
      await stopped.passed;
      return { n: 1 };
    });
    const giveUp = new AbortController();
    const failing = failureOf(ask({ n: 1 }, { signal: giveUp.signal }));
    await until("the handler runs", () => running);
    giveUp.abort();
    expect((await failing).code).toBe("cancelled");
    await stopped.passed;
  });

  test("never starts what was cancelled while it waited", async () => {
    const hold = gate();
    const ran: number[] = [];
    const { ask, server } = await serve(
      declare(),
      async ({ n }) => {
        ran.push(n);
        if (n === 1) await hold.passed;
        return { n };
      },
      { concurrency: 1 },
    );
    const first = ask({ n: 1 });
    await until("the first runs", () => ran.length === 1);
    const giveUp = new AbortController();
    const failing = failureOf(ask({ n: 2 }, { signal: giveUp.signal }));
    await until("the second waits", () => server.services.stats()[0]?.waiting === 1);
    giveUp.abort();
    expect((await failing).code).toBe("cancelled");
    await (await bench.party("other")).transport.flush();
    await bench.harness.clock.sleep(50);
    hold.open();
    await first;
    await ask({ n: 3 });
    expect(ran).toEqual([1, 3]);
  });

  test("answers overloaded with retryAfterMs when the mailbox is full", async () => {
    const hold = gate();
    const { ask, server } = await serve(
      declare(),
      async ({ n }) => {
        await hold.passed;
        return { n };
      },
      { concurrency: 1, mailbox: { capacity: 2, overload: "reject" } },
    );
    const taken = [1, 2, 3].map((n) => ask({ n }));
    await until("the mailbox is full", () => server.services.stats()[0]?.waiting === 2);
    const failure = await failureOf(ask({ n: 4 }));
    expect(failure).toMatchObject({ code: "overloaded", retryable: true });
    expect(failure.retryAfterMs).toBeGreaterThan(0);
    hold.open();
    expect((await Promise.all(taken)).map(({ n }) => n)).toEqual([1, 2, 3]);
  });

  test("answers the oldest with overloaded under drop-oldest", async () => {
    const hold = gate();
    const { ask, server } = await serve(
      declare(),
      async ({ n }) => {
        await hold.passed;
        return { n };
      },
      { concurrency: 1, mailbox: { capacity: 1, overload: "drop-oldest" } },
    );
    const first = ask({ n: 1 });
    const oldest = failureOf(ask({ n: 2 }));
    await until("one waits", () => server.services.stats()[0]?.waiting === 1);
    const newest = ask({ n: 3 });
    expect((await oldest).code).toBe("overloaded");
    hold.open();
    expect([(await first).n, (await newest).n]).toEqual([1, 3]);
  });

  test("lets as many again wait in line under block", async () => {
    const hold = gate();
    const { ask, server } = await serve(
      declare(),
      async ({ n }) => {
        await hold.passed;
        return { n };
      },
      { concurrency: 1, mailbox: { capacity: 1, overload: "block" } },
    );
    const taken = [1, 2, 3].map((n) => ask({ n }));
    await until("two wait", () => server.services.stats()[0]?.waiting === 2);
    expect((await failureOf(ask({ n: 4 }))).code).toBe("overloaded");
    hold.open();
    expect((await Promise.all(taken)).length).toBe(3);
  });

  test("inherits deadline, trace and conversation from the work that calls", async () => {
    const inner = declare();
    let innerContext: Context | undefined;
    const { server } = await serve(inner, async ({ n }, context) => {
      innerContext = context;
      return { n };
    });
    const outer = declare();
    let outerContext: Context | undefined;
    await bench.serving(
      server.services.serve(
        implement(outer, {
          async ask({ n }, context: Context) {
            outerContext = context;
            const late = bench.harness.clock.now() + 60_000;
            return server.services.client(inner).ask({ n }, { parent: context, deadline: late });
          },
        }),
      ),
    );
    const caller = await bench.party("first");
    const deadline = bench.harness.clock.now() + 3_000;
    await caller.services.client(outer).ask({ n: 1 }, { deadline });
    expect(innerContext!.deadline).toBe(deadline);
    expect(innerContext!.correlationId).toBe(outerContext!.messageId);
    expect(innerContext!.trace.traceId).toBe(outerContext!.trace.traceId);
    expect(innerContext!.trace.spanId).not.toBe(outerContext!.trace.spanId);
  });

  test("routes by key, and to nobody else", async () => {
    const declared = declare({ key: "uid" });
    const [caller, seven] = [await bench.party("caller"), await bench.party("seven")];
    const eight = await bench.party("eight");
    for (const [party, key] of [
      [seven, "7"],
      [eight, "8"],
    ] as const) {
      const ask: Handler = async (_, context) => ({ n: Number(context.key) });
      await bench.serving(party.services.serve(implement(declared, { ask }), { key }));
    }
    const { ask } = caller.services.client(declared);
    expect([await ask({ n: 0 }, { key: "7" }), await ask({ n: 0 }, { key: "8" })]).toEqual([
      { n: 7 },
      { n: 8 },
    ]);
    expect((await failureOf(ask({ n: 0 }, { key: "9" }))).code).toBe("unavailable");
    expect((await failureOf(ask({ n: 0 }))).code).toBe("malformed");
    expect((await failureOf(ask({ n: 0 }, { key: "7.>" }))).code).toBe("malformed");
  });

  test("drains: finishes what it has, answers nothing new", async () => {
    const declared = declare();
    const hold = gate();
    let running = false;
    const [caller, server] = await pair();
    const served = await server.services.serve(
      implement(declared, {
        async ask({ n }) {
          running = true;
          await hold.passed;
          return { n };
        },
      }),
    );
    const { ask } = caller.services.client(declared);
    const answer = ask({ n: 1 });
    await until("it runs", () => running);
    const draining = served.drain({ deadline: bench.harness.clock.now() + 5_000 });
    await server.transport.flush();
    expect((await failureOf(ask({ n: 2 }))).code).toBe("unavailable");
    hold.open();
    expect(await answer).toEqual({ n: 1 });
    expect(await draining).toEqual({ finished: 1, returned: 0 });
  });

  test("keeps statistics per endpoint", async () => {
    const { ask, server } = await serve(declare(), async ({ n }) => {
      if (n === 2) throw new Failure("refused", "not two");
      return { n };
    });
    await ask({ n: 1 });
    await failureOf(ask({ n: 2 }));
    expect(server.services.stats()).toMatchObject([
      { method: "ask", requests: 2, errors: 1, lastError: "not two" },
    ]);
  });
}
