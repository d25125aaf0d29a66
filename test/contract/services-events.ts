import { expect, test } from "bun:test";
import { z } from "zod";
import { event, service } from "../../protocol/service.ts";
import type { Context } from "../../runtime/context.ts";
import { codeOf, eventually, utf8 } from "./harness.ts";
import type { ServiceBench } from "./service-bench.ts";

const Body = z.object({ n: z.number().int() });

export function specifyEvents(bench: ServiceBench): void {
  const declare = (more: { key?: string; maxBytes?: number } = {}) =>
    service(
      bench.freshName(),
      1,
      { servedBy: ["validator"], summary: "Under test." },
      {
        happened: event(Body, { calledBy: ["gateway"], ...more }),
      },
    );
  const until = (what: string, condition: () => boolean) => eventually(bench.harness.clock, what, condition);
  const parties = async () => [await bench.party("publisher"), await bench.party("listener")] as const;

  test("tells every subscriber, in order", async () => {
    const declared = declare();
    const [publisher, listener] = await parties();
    const got: number[][] = [[], []];
    for (const list of got) listener.services.client(declared).happened.subscribe(({ n }) => list.push(n));
    await listener.transport.flush();
    for (let n = 0; n < 100; n++) publisher.services.client(declared).happened.publish({ n });
    await until("both heard all", () => got.every((list) => list.length === 100));
    for (const list of got) expect(list).toEqual(Array.from({ length: 100 }, (_, n) => n));
  });

  test("tells who sent it", async () => {
    const declared = declare();
    const [publisher, listener] = await parties();
    let seen: Context | undefined;
    listener.services.client(declared).happened.subscribe((_, context) => {
      seen = context;
    });
    await listener.transport.flush();
    publisher.services.client(declared).happened.publish({ n: 1 });
    await until("it was heard", () => seen !== undefined);
    expect(seen).toMatchObject({ sender: "publisher", key: undefined });
  });

  test("is heard by key, or by all keys", async () => {
    const declared = declare({ key: "uid" });
    const [publisher, listener] = await parties();
    const all: (string | undefined)[] = [];
    const seven: (string | undefined)[] = [];
    const { happened } = listener.services.client(declared);
    happened.subscribe((_, { key }) => all.push(key));
    happened.subscribe((_, { key }) => seven.push(key), { key: "7" });
    await listener.transport.flush();
    for (const key of ["7", "8"]) publisher.services.client(declared).happened.publish({ n: 1 }, { key });
    await until("both keys were heard", () => all.length === 2);
    expect(all).toEqual(["7", "8"]);
    expect(seven).toEqual(["7"]);
  });

  test("drops and counts what does not fit, and goes on", async () => {
    const declared = declare();
    const [publisher, listener] = await parties();
    const got: number[] = [];
    listener.services.client(declared).happened.subscribe(({ n }) => got.push(n));
    await listener.transport.flush();
    const { happened } = publisher.services.client(declared);
    happened.publish({ n: "x" } as never);
    publisher.transport.publish(`orr.${bench.harness.net}.${declared.name}.v1.happened`, utf8("noise"));
    happened.publish({ n: 2 });
    await until("the good one arrived", () => got.length === 1);
    listener.services.stats();
    const labels = { service: declared.name, method: "happened", reason: "malformed" };
    expect(listener.metrics.read("orrery_dropped_total", labels)).toBe(2);
    expect(got).toEqual([2]);
  });

  test("drops an expired one and counts it", async () => {
    const declared = declare();
    const [publisher, listener] = await parties();
    const got: number[] = [];
    listener.services.client(declared).happened.subscribe(({ n }) => got.push(n));
    await listener.transport.flush();
    const { happened } = publisher.services.client(declared);
    happened.publish({ n: 1 }, { deadline: bench.harness.clock.now() - 10 });
    happened.publish({ n: 2 });
    await until("the second arrived", () => got.length === 1);
    listener.services.stats();
    const labels = { service: declared.name, method: "happened", reason: "expired" };
    expect(listener.metrics.read("orrery_dropped_total", labels)).toBe(1);
    expect(got).toEqual([2]);
  });

  test("refuses to publish what is too large", async () => {
    const { services } = await bench.party("publisher");
    const { happened } = services.client(declare({ maxBytes: 10 }));
    expect(codeOf(() => happened.publish({ n: 123_456_789_012 }))).toBe("too-large");
  });
}
