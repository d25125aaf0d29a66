/** Real sockets to a small node, through a proxy that breaks what can break. */
import { afterEach, describe, expect, test } from "bun:test";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../../runtime/ports/system-rng.ts";
import { createDial } from "../../../runtime/ports/web-socket.ts";
import { awakeTime } from "../../../test/support/awake-time.ts";
import { type FaultProxy, startFaultProxy } from "../../../test/support/fault-proxy.ts";
import { keptLog, keptMetrics } from "../../../test/support/quiet.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { startTinyNode, type TinyNode, type TinyNodeOptions } from "../../../test/support/tiny-node.ts";
import { until } from "../../../test/support/until.ts";
import { type Connection, createConnection } from "./connection.ts";

const BLOCK_MS = 200;
const SLACK_MS = 150;

const cleanup: (() => unknown)[] = [];
afterEach(async () => {
  for (const clean of cleanup.splice(0).reverse()) await clean();
});

function node(options: Partial<TinyNodeOptions> = {}): TinyNode {
  const started = startTinyNode({ blockTimeMs: BLOCK_MS, ...options });
  cleanup.push(() => started[Symbol.dispose]());
  return started;
}

function proxied(target: TinyNode): FaultProxy & { url: string } {
  const proxy = startFaultProxy(target.port);
  cleanup.push(() => proxy[Symbol.dispose]());
  return Object.assign(proxy, { url: `ws://127.0.0.1:${proxy.port}` });
}

const clock = createSystemClock();
function connect(endpoints: string[], more: { genesisHash?: string; maxRequests?: number } = {}): Connection {
  const connection = createConnection({
    ...{ endpoints, blockTimeMs: BLOCK_MS, dial: createDial(), clock, rng: createSystemRng() },
    ...{ log: keptLog(), metrics: keptMetrics(), ...more },
  });
  cleanup.push(() => connection.close());
  return connection;
}

/** Heights as they come. */
function heights(connection: Connection): number[] {
  const seen: number[] = [];
  connection.onHead(({ number }) => void seen.push(number));
  return seen;
}

const another = (seen: number[]) => {
  const before = seen.length;
  return () => seen.length > before;
};

describe("recovers within three block times", () => {
  const FAULTS: Record<string, (proxy: FaultProxy) => void> = {
    "from a cut": (proxy) => proxy.cut(),
    "from a stall": (proxy) => proxy.stall(),
    "from a delay that lets nothing arrive in time": (proxy) => proxy.delay(60_000),
    "from text that is no JSON": (proxy) => proxy.say("<html>502 Bad Gateway</html>"),
    "from JSON that is no JSON-RPC": (proxy) => proxy.say('{"jsonrpc":"2.0","hello":[]}'),
    "from a head that is none": (proxy) =>
      proxy.say(
        '{"jsonrpc":"2.0","method":"chain_newHead","params":{"subscription":"s1","result":{"number":"0x1"}}}',
      ),
    "from bytes that are no frame": (proxy) => proxy.babble(new Uint8Array(64).fill(0xff)),
    "from a node that goes away": (proxy) => proxy.refuse(),
  };
  for (const [what, fault] of Object.entries(FAULTS)) {
    test(what, async () => {
      const far = node();
      const proxy = proxied(far);
      const spare = node({ height: 1 });
      const connection = connect([proxy.url, spare.url]);
      const seen = heights(connection);
      await until(() => seen.length >= 2, "heads come");
      const asked = connection.request("echo", ["before"]);
      expect(await asked).toBe("before");
      using time = awakeTime(); // a machine with other work to do is not a slow connection
      fault(proxy);
      const served = connection.request("echo", ["after"]);
      expect(await served).toBe("after");
      expect(time.elapsed()).toBeLessThan(3 * BLOCK_MS + SLACK_MS);
      await until(another(seen), "heads come again");
      expect(connection.node).toBe(`127.0.0.1:${spare.port}`);
    }, 20_000);
  }

  test("from a stall of the only endpoint there is, once it heals", async () => {
    const proxy = proxied(node());
    const connection = connect([proxy.url]);
    const seen = heights(connection);
    await until(() => seen.length >= 2, "heads come");
    proxy.stall();
    await Bun.sleep(BLOCK_MS);
    proxy.heal();
    expect(await connection.request("echo", [1])).toBe(1);
    await until(another(seen), "heads come again");
  }, 20_000);
});

test("a node that is slow is not left", async () => {
  const proxy = proxied(node());
  const spare = node();
  const connection = connect([proxy.url, spare.url]);
  const seen = heights(connection);
  await until(() => seen.length >= 2, "heads come");
  proxy.delay(BLOCK_MS);
  const before = seen.length;
  await until(() => seen.length >= before + 5, "heads come, if late");
  expect(connection.node).toBe(`127.0.0.1:${proxy.port}`);
  expect(spare.open).toBe(0);
});

test("a node that answers but has no new block is left after three block times", async () => {
  const stuck = node();
  const spare = node();
  const connection = connect([stuck.url, spare.url]);
  const seen = heights(connection);
  await until(() => seen.length >= 2, "heads come");
  stuck.freeze();
  await until(() => connection.node === `127.0.0.1:${spare.port}`, "the spare serves");
});

test("a node that lags is not gone to while another does not", async () => {
  const first = node({ height: 1_000 });
  const proxy = proxied(first);
  const behind = node({ height: 3 });
  const spare = node({ height: 1_000 });
  const connection = connect([proxy.url, behind.url, spare.url]);
  await until(another(heights(connection)), "heads come");
  proxy.refuse();
  await until(() => connection.node === `127.0.0.1:${spare.port}`, "the spare serves");
});

test("no socket is left behind by a hundred cuts", async () => {
  const far = node({ blockTimeMs: 10 });
  const proxy = proxied(far);
  const connection = connect([proxy.url]);
  const seen = heights(connection);
  for (let cut = 0; cut < 100; cut++) {
    await until(another(seen), "heads come");
    proxy.cut();
  }
  await until(another(seen), "heads come");
  expect(proxy.accepted).toBeGreaterThanOrEqual(101);
  expect(proxy.open).toBe(1);
  await until(() => far.open === 1, "the node sees one connection");
  await connection.close();
  await until(() => far.open === 0 && proxy.open === 0, "the node sees none");
}, 30_000);

test("a node of another chain is never used, and its requests fail plainly when there is no other", async () => {
  const own = node();
  const other = node({ genesis: `0x${"ab".repeat(32)}` });
  const mixed = connect([other.url, own.url], {
    genesisHash: (await connect([own.url]).ready()).genesisHash,
  });
  expect(await mixed.request("echo", [1])).toBe(1);
  expect(mixed.node).toBe(`127.0.0.1:${own.port}`);
  const lost = connect([other.url], { genesisHash: `0x${"cd".repeat(32)}` });
  expect(await rejection(lost.request("echo", [1]))).toMatchObject({
    code: "config",
    message: "every endpoint belongs to another chain",
  });
});

test("a subscription goes on after a cut, and one that ends with its link says so", async () => {
  const far = node({ blockTimeMs: 20 });
  const proxy = proxied(far);
  const connection = connect([proxy.url]);
  const items: unknown[] = [];
  const lost: string[] = [];
  const subscription = { method: "test_subscribe", unsubscribe: "test_unsubscribe" };
  const kept = await connection.subscribe({ ...subscription, item: (item) => void items.push(item) });
  await connection.subscribe({
    ...subscription,
    item: () => {},
    lost: (failure) => void lost.push(failure.message),
  });
  await until(() => items.length > 1, "items come");
  proxy.cut();
  const before = items.length;
  await until(() => items.length > before + 1, "items come again");
  expect(lost).toEqual(["the connection to the node broke"]);
  kept.cancel();
  await until(() => far.asked.includes("test_unsubscribe"), "the node is told");
  const after = items.length;
  await Bun.sleep(60);
  expect(items.length).toBe(after);
});

describe("a request", () => {
  test("fails at its deadline when the node does not answer", async () => {
    const connection = connect([node().url]);
    expect(await rejection(connection.request("silence", [], { deadlineMs: 50 }))).toMatchObject({
      code: "timeout",
      retryable: true,
      meta: { method: "silence" },
    });
  });

  test("fails at its deadline when no node can be reached", async () => {
    const gone = node();
    gone[Symbol.dispose]();
    const connection = connect([gone.url]);
    const failure = await rejection(connection.request("echo", [1], { deadlineMs: 100 }));
    expect(failure).toMatchObject({ code: "unavailable", retryable: true });
    expect(failure.toLine()).toContain("Check --network");
  });

  test("that the node refuses fails with the node's code", async () => {
    const connection = connect([node().url]);
    expect(await rejection(connection.request("nothing"))).toMatchObject({
      code: "refused",
      message: "Method not found",
      meta: { rpcCode: -32_601, method: "nothing" },
    });
  });

  test("that changes something is not sent a second time when the connection breaks", async () => {
    const far = node();
    const proxy = proxied(far);
    const connection = connect([proxy.url]);
    await connection.ready();
    const sent = rejection(connection.request("silence", [], { again: false }));
    await until(() => far.asked.includes("silence"), "it was sent");
    proxy.cut();
    expect((await sent).code).toBe("unavailable");
    expect(far.asked.filter((method) => method === "silence")).toHaveLength(1);
  });

  test("is refused when too many are under way", async () => {
    const connection = connect([node().url], { maxRequests: 2 });
    const waiting = [1, 2].map(() => connection.request("silence", [], { deadlineMs: 300 }).catch(() => {}));
    expect((await rejection(connection.request("echo", [1]))).code).toBe("overloaded");
    await Promise.all(waiting);
    expect(await connection.request("echo", [1])).toBe(1);
  });

  test("ends with its signal, and with the connection", async () => {
    const connection = connect([node().url]);
    const stop = new AbortController();
    const cancelled = rejection(connection.request("silence", [], { signal: stop.signal }));
    await connection.ready();
    stop.abort();
    expect((await cancelled).code).toBe("cancelled");
    const open = rejection(connection.request("silence"));
    await connection.request("echo", [1]);
    await connection.close();
    expect((await open).code).toBe("cancelled");
    expect((await rejection(connection.request("echo", [1]))).code).toBe("cancelled");
  });
});

test("an endpoint's address may hold a key: no failure and no log line repeats it", async () => {
  const gone = node();
  gone[Symbol.dispose]();
  const log = keptLog();
  const connection = createConnection({
    ...{ endpoints: [`ws://127.0.0.1:${gone.port}/v1/sEcReT?key=sEcReT`], blockTimeMs: BLOCK_MS },
    ...{ dial: createDial(), clock, rng: createSystemRng(), log, metrics: keptMetrics() },
  });
  const failure = await rejection(connection.request("echo", [1], { deadlineMs: 200 }));
  await connection.close();
  expect(JSON.stringify([failure.toWire(), log.lines])).not.toContain("sEcReT");
  expect(log.lines.length).toBeGreaterThan(0);
});

test.each([["http://127.0.0.1:1"], ["nonsense"], [""]])("%j is no endpoint", (url) => {
  expect(() => connect([url])).toThrow("an endpoint is a ws:// or wss:// address");
});
