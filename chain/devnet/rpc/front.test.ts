/** The devnet's door on a real node: who connects, who is turned away, and that nobody misses a head. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { keptLog } from "../../../test/support/quiet.ts";
import { until } from "../../../test/support/until.ts";
import { createDevnetNode } from "../node/devnet-node.ts";
import type { DevnetNode } from "../node/node.ts";
import { smallRuntime } from "../node/small-runtime.fixture.ts";
import { type Front, type FrontLimits, serveDevnet } from "./front.ts";
import { METHODS } from "./methods/index.ts";

let node: DevnetNode;
beforeAll(async () => {
  const clock = createSystemClock();
  node = await createDevnetNode({ runtime: smallRuntime(), clock, slotMs: 250, manual: true });
});
afterAll(() => node.stop());

const serve = (limits: Partial<FrontLimits> = {}, served = node) => {
  const log = keptLog();
  const front = serveDevnet({ node: served, port: 0, log, limits });
  return { ...front, log, [Symbol.asyncDispose]: () => front.close() };
};

interface Client extends Disposable {
  socket: WebSocket;
  /** Everything that came, parsed. */
  got: {
    id?: number;
    method?: string;
    result?: unknown;
    error?: { code: number };
    params?: { result: unknown };
  }[];
  send(method: string, params?: unknown, id?: number): void;
  closed: Promise<number>;
}

async function connect(url: string): Promise<Client> {
  const socket = new WebSocket(url);
  const got: Client["got"] = [];
  const closed = new Promise<number>((resolve) =>
    socket.addEventListener("close", ({ code }) => resolve(code)),
  );
  socket.addEventListener("message", ({ data }) => got.push(JSON.parse(String(data))));
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener("open", () => resolve());
    socket.addEventListener("error", () => reject(new Error("refused")));
  });
  return {
    ...{ socket, got, closed },
    send: (method, params = [], id = 1) =>
      socket.send(JSON.stringify({ jsonrpc: "2.0", id, method, params })),
    [Symbol.dispose]: () => socket.close(),
  };
}

const numbersOf = ({ got }: Client): number[] =>
  got.flatMap(({ params }) =>
    params === undefined ? [] : Number((params.result as { number: string }).number),
  );

test("200 subscribers miss no head of a burst", async () => {
  await using front = serve();
  const clients = await Promise.all(Array.from({ length: 200 }, () => connect(front.url)));
  for (const client of clients) client.send("chain_subscribeNewHeads");
  await until(() => clients.every((client) => numbersOf(client).length === 1), "all are subscribed");
  const from = node.head().number;
  await node.advance(50);
  await until(() => clients.every((client) => numbersOf(client).length >= 51), "all saw 50 blocks");
  const expected = Array.from({ length: 51 }, (_, step) => from + step);
  for (const client of clients) expect(numbersOf(client)).toEqual(expected);
  for (const client of clients) client.socket.close();
});

test("finalized heads follow in order, and the hash of a head is that of its header", async () => {
  await using front = serve();
  using client = await connect(front.url);
  client.send("chain_subscribeFinalizedHeads");
  await until(() => numbersOf(client).length === 1, "subscribed");
  const [from = 0] = numbersOf(client);
  await node.advance(5);
  await until(() => numbersOf(client).length >= 5, "five are final");
  expect(numbersOf(client).slice(0, 5)).toEqual([0, 1, 2, 3, 4].map((step) => from + step));
});

test("a subscription to storage tells the value now, then each change of it", async () => {
  await using front = serve();
  using client = await connect(front.url);
  // System.Number
  const key = "0x26aa394eea5630e07c48ae0c9558cef702a5c1b19ab7a04f536c519aca4983ac";
  client.send("state_subscribeStorage", [[key]]);
  await until(() => client.got.length === 2, "subscribed");
  await node.advance(2);
  await until(() => client.got.length >= 4, "two changes");
  const values = client.got
    .slice(1)
    .map(({ params }) => (params?.result as { changes: [string, string][] } | undefined)?.changes ?? []);
  expect(values.map(([change]) => change?.[0])).toEqual([key, key, key]);
  expect(new Set(values.map(([change]) => change?.[1])).size).toBe(3);
});

test("every method that rpc_methods lists is served, and none breaks on missing or wrong parameters", async () => {
  await using front = serve();
  using client = await connect(front.url);
  const names = Object.keys(METHODS);
  client.send("rpc_methods", [], 0);
  await until(() => client.got.length === 1, "the list");
  expect(client.got[0]?.result).toEqual({ version: 1, methods: [...names].sort() });
  const wrong = [
    [],
    [null],
    ["0x00"],
    ["0x"],
    [-1],
    [[[]]],
    { hash: "0x12" },
    [`0x${"ff".repeat(32)}`],
    ["x".repeat(300)],
  ];
  const calls = names.flatMap((name) => wrong.map((params) => ({ name, params })));
  for (const [id, { name, params }] of calls.entries()) client.send(name, params, id + 1);
  await until(() => client.got.filter(({ id }) => (id ?? 0) > 0).length === calls.length, "all answers");
  const broken = client.got
    .filter(({ error }) => error?.code === -32_603 || error?.code === -32_601)
    .map(({ id }) => calls[(id ?? 0) - 1]);
  expect(broken).toEqual([]);
});

describe("over HTTP", () => {
  const post = (front: Front, body: string, type = "application/json") =>
    fetch(front.url.replace("ws:", "http:"), { method: "POST", headers: { "content-type": type }, body });

  test("calls are answered, subscriptions need a websocket", async () => {
    await using front = serve();
    const answer = await post(front, '{"jsonrpc":"2.0","id":1,"method":"system_chain","params":[]}');
    expect(await answer.json()).toEqual({ jsonrpc: "2.0", result: "Numbers", id: 1 });
    const refused = await post(
      front,
      '{"jsonrpc":"2.0","id":1,"method":"chain_subscribeNewHeads","params":[]}',
    );
    expect(await refused.json()).toMatchObject({ error: { code: -32_601 } });
  });

  test("a form of some page, and a page's address, are no JSON-RPC", async () => {
    await using front = serve();
    expect((await post(front, "{}", "text/plain")).status).toBe(415);
    expect((await fetch(front.url.replace("ws:", "http:"))).status).toBe(405);
  });
});

describe("a client that goes too far", () => {
  test("loses its connection over a frame that is too large; others keep theirs", async () => {
    await using front = serve({ frameBytes: 1_024 });
    using calm = await connect(front.url);
    using greedy = await connect(front.url);
    greedy.socket.send("x".repeat(2_000));
    expect(await greedy.closed).toBe(1_009);
    calm.send("system_chain");
    await until(() => calm.got.length === 1, "the calm one is answered");
  });

  test("is cut when it does not read, while others see every head", async () => {
    await using front = serve({ backlogBytes: 256 * 1_024 });
    using calm = await connect(front.url);
    calm.send("chain_subscribeNewHeads");
    await until(() => numbersOf(calm).length === 1, "subscribed");
    const slow = await neverReads(front.port);
    const ask = JSON.stringify({ jsonrpc: "2.0", id: 1, method: "state_getMetadata", params: [] });
    // What the system itself buffers for a reader comes first.
    await until(() => {
      for (let count = 0; count < 50; count++) slow.send(ask);
      return front.log.lines.some(({ message }) => message === "a slow reader was cut");
    }, "the slow one is cut");
    await node.advance(3);
    await until(() => numbersOf(calm).length === 4, "the calm one saw three more");
  });

  test("is turned away when all connections are taken, and let in when one is free", async () => {
    await using front = serve({ connections: 1 });
    {
      using _first = await connect(front.url);
      expect(connect(front.url)).rejects.toThrow("refused");
      await Bun.sleep(20);
    }
    let free = false;
    await until(() => {
      void connect(front.url).then(
        (client) => {
          free = true;
          client.socket.close();
        },
        () => {},
      );
      return free;
    }, "the place is free again");
  });

  test("leaves nothing behind, however it goes", async () => {
    let listeners = 0;
    const counted = new Proxy(node, {
      get(target, name) {
        if (name !== "onHead") {
          const value = Reflect.get(target, name) as unknown;
          return typeof value === "function" ? value.bind(target) : value;
        }
        return (listener: Parameters<DevnetNode["onHead"]>[0]) => {
          listeners++;
          const stop = target.onHead(listener);
          return () => {
            listeners--;
            stop();
          };
        };
      },
    });
    await using front = serve({}, counted);
    const clients = await Promise.all(Array.from({ length: 100 }, () => connect(front.url)));
    for (const client of clients) client.send("chain_subscribeNewHeads");
    await until(() => listeners === 100, "all are subscribed");
    for (const [index, { socket }] of clients.entries()) {
      if (index % 2 === 0) socket.close();
      else (socket as WebSocket & { terminate(): void }).terminate();
    }
    await until(() => listeners === 0, "nobody is subscribed");
  });
});

test("a port that is taken is refused in one line that says what to do", async () => {
  await using front = serve();
  const again = () => serveDevnet({ node, port: front.port, log: keptLog() });
  expect(again).toThrow(`port ${front.port} on 127.0.0.1 is taken`);
});

test("closing ends every connection with a reason", async () => {
  const front = serve();
  using client = await connect(front.url);
  await front.close();
  expect(await client.closed).toBe(1_001);
});

/** A websocket of raw bytes that reads its handshake and nothing more. */
async function neverReads(port: number) {
  const open = Promise.withResolvers<void>();
  const socket = await Bun.connect({
    hostname: "127.0.0.1",
    port,
    socket: {
      data(self) {
        self.pause();
        open.resolve();
      },
      error: () => {},
    },
  });
  socket.write(
    [
      "GET / HTTP/1.1",
      "Host: devnet",
      "Upgrade: websocket",
      "Connection: Upgrade",
      "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
      "Sec-WebSocket-Version: 13",
      "",
      "",
    ].join("\r\n"),
  );
  await open.promise;
  let rest = new Uint8Array();
  return {
    /** One masked text frame of at most 125 bytes; the mask is zero. Nothing while the one before is not out. */
    send(text: string) {
      if (rest.length === 0)
        rest = new Uint8Array([0x81, 0x80 | text.length, 0, 0, 0, 0, ...Buffer.from(text)]);
      rest = rest.subarray(Math.max(0, socket.write(rest)));
    },
  };
}
