import { expect, test } from "bun:test";
import type { Transport } from "../../runtime/transport/transport.ts";
import type { Bench } from "./harness.ts";
import { eventually, failureOf, text, utf8 } from "./harness.ts";

let keys = 0;
const freshKey = () => `contract.key-${++keys}`;

export function specifyKeyValue(bench: Bench): void {
  const read = async (transport: Transport, key: string) => {
    const entry = await transport.leases.get(key);
    return entry && { value: text(entry.value), revision: entry.revision };
  };

  test("reads what another connection created", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const key = freshKey();
    expect(await a.leases.get(key)).toBeUndefined();
    const revision = await a.leases.create(key, utf8("v"));
    expect(revision).toBeGreaterThan(0);
    expect(await read(b, key)).toEqual({ value: "v", revision });
  });

  test("refuses to create a key that exists with conflict", async () => {
    const a = await bench.connect();
    const key = freshKey();
    await a.leases.create(key, utf8("1"));
    expect((await failureOf(a.leases.create(key, utf8("2")))).code).toBe("conflict");
    expect((await read(a, key))?.value).toBe("1");
  });

  test("refuses an update at a stale revision with conflict", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const key = freshKey();
    const first = await a.leases.create(key, utf8("1"));
    const second = await b.leases.update(key, utf8("2"), first);
    expect(second).toBeGreaterThan(first);
    expect((await failureOf(a.leases.update(key, utf8("3"), first))).code).toBe("conflict");
    expect(await read(a, key)).toEqual({ value: "2", revision: second });
  });

  test("lets exactly one of many creators win", async () => {
    const connections = [await bench.connect("a"), await bench.connect("b"), await bench.connect("c")];
    const key = freshKey();
    const outcomes = await Promise.allSettled(
      connections.map((transport, n) => transport.leases.create(key, utf8(String(n)))),
    );
    expect(outcomes.filter(({ status }) => status === "fulfilled").length).toBe(1);
  });

  test("grows revisions also across a delete", async () => {
    const a = await bench.connect();
    const key = freshKey();
    const first = await a.leases.create(key, utf8("1"));
    await a.leases.delete(key);
    expect(await a.leases.get(key)).toBeUndefined();
    const second = await a.leases.create(key, utf8("2"));
    expect(second).toBeGreaterThan(first);
    expect((await failureOf(a.leases.update(key, utf8("3"), first))).code).toBe("conflict");
  });

  test("refuses a delete at a stale revision with conflict", async () => {
    const a = await bench.connect();
    const key = freshKey();
    const first = await a.leases.create(key, utf8("1"));
    const second = await a.leases.update(key, utf8("2"), first);
    expect((await failureOf(a.leases.delete(key, first))).code).toBe("conflict");
    await a.leases.delete(key, second);
    expect(await a.leases.get(key)).toBeUndefined();
  });

  test("takes the delete of a key that is not there", async () => {
    const a = await bench.connect();
    await a.leases.delete(freshKey());
  });

  test("lists the existing keys with a prefix", async () => {
    const a = await bench.connect();
    const prefix = `${freshKey()}.`;
    for (const name of ["b", "a", "c"]) await a.leases.create(prefix + name, utf8("v"));
    await a.leases.delete(`${prefix}c`);
    await a.leases.create(freshKey(), utf8("other"));
    expect(await a.leases.keys(prefix)).toEqual([`${prefix}a`, `${prefix}b`]);
  });

  test("tells a watcher the present entry first, then changes in order", async () => {
    const [a, b] = [await bench.connect("a"), await bench.connect("b")];
    const key = freshKey();
    const first = await a.leases.create(key, utf8("1"));
    const seen: (string | undefined)[] = [];
    const watch = b.leases.watch(key, (entry) => seen.push(entry && text(entry.value)));
    const told = (count: number) =>
      eventually(bench.harness.clock, "the entry was told", () => seen.length === count);
    await told(1);
    await a.leases.update(key, utf8("2"), first);
    await told(2);
    await a.leases.delete(key);
    await told(3);
    await a.leases.create(key, utf8("3"));
    await told(4);
    expect(seen).toEqual(["1", "2", undefined, "3"]);
    watch.unsubscribe();
  });

  test("tells a watcher of a missing key that there is nothing", async () => {
    const a = await bench.connect();
    const seen: unknown[] = [];
    const watch = a.leases.watch(freshKey(), (entry) => seen.push(entry));
    await eventually(bench.harness.clock, "nothing was told", () => seen.length === 1);
    expect(seen).toEqual([undefined]);
    watch.unsubscribe();
  });

  test("tells a watcher nothing after it left", async () => {
    const a = await bench.connect();
    const key = freshKey();
    const left: unknown[] = [];
    const stayed: unknown[] = [];
    const watch = a.leases.watch(key, (entry) => left.push(entry));
    const other = a.leases.watch(key, (entry) => stayed.push(entry));
    await eventually(bench.harness.clock, "both were told", () => left.length + stayed.length === 2);
    watch.unsubscribe();
    await a.leases.create(key, utf8("1"));
    await eventually(bench.harness.clock, "the other was told", () => stayed.length === 2);
    expect(left.length).toBe(1);
    other.unsubscribe();
  });

  test("refuses what is not a key with malformed", async () => {
    const a = await bench.connect();
    for (const key of ["", "a b", "a..b", "a*", "a".repeat(300)]) {
      expect([key, (await failureOf(a.leases.get(key))).code]).toEqual([key, "malformed"]);
    }
  });
}
