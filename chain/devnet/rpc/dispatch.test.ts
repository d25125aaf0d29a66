/** JSON-RPC 2.0 as Substrate's clients know it: by position and by name, batches, errors with the right numbers. */
import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";
import type { DevnetNode } from "../node/node.ts";
import { PoolRefusal } from "../node/pool-refusal.ts";
import { type DispatchContext, dispatch } from "./dispatch.ts";
import { type Methods, method, subscription } from "./method.ts";
import { createSubscriptions } from "./subscriptions.ts";

let started = 0;
let emitNow: (result: unknown) => void = () => {};

const methods: Methods = {
  sum: method(
    { first: z.number(), startKey: z.number().optional() },
    ({ first, startKey = 0 }) => first + startKey,
  ),
  nothing: method({}, () => undefined),
  waits: method({}, () => slow.promise),
  large: method({}, () => "x".repeat(17 * 1024 * 1024)),
  big: method({}, () => "x".repeat(9 * 1024 * 1024)),
  breaks: method({}, () => {
    throw new TypeError("our own insides");
  }),
  refuses: method({}, () => {
    throw PoolRefusal.invalid("Custom error: 6");
  }),
  discarded: method({}, () => {
    throw new Failure("not-found", "State already discarded for 0xabcd");
  }),
  ticks: subscription({}, () => ({
    notification: "tick",
    start(emit) {
      started++;
      emitNow = emit;
      emit(0);
      return () => started--;
    },
  })),
};

const slow = Promise.withResolvers<string>();

const defects: string[] = [];
const context = (more: Partial<DispatchContext> = {}): DispatchContext => ({
  node: {} as DevnetNode,
  load: { running: 0, most: 2 },
  methods,
  onDefect: (_, name) => defects.push(name),
  ...more,
});
const request = (name: string, params?: unknown, id: unknown = 1) => ({
  jsonrpc: "2.0",
  id,
  method: name,
  params,
});
const ask = async (given: unknown, more?: Partial<DispatchContext>): Promise<unknown> => {
  const { text } = await dispatch(typeof given === "string" ? given : JSON.stringify(given), context(more));
  return text === undefined ? undefined : JSON.parse(text);
};
const errorOf = async (given: unknown) => ((await ask(given)) as { error: { code: number } }).error;

test("takes parameters by position and by name, in camel case or snake case", async () => {
  const sums = [
    [2, 3],
    { first: 2, startKey: 3 },
    { first: 2, start_key: 3 },
    { first: 2, startKey: 3, other: 1 },
  ];
  for (const params of sums)
    expect(await ask(request("sum", params))).toEqual({ jsonrpc: "2.0", result: 5, id: 1 });
  expect(await ask(request("sum", [2, null, null]))).toMatchObject({ result: 2 });
  expect(await ask(request("nothing"))).toEqual({ jsonrpc: "2.0", result: null, id: 1 });
});

test("answers garbage with the numbers of JSON-RPC", async () => {
  for (const text of ["", "{", "nonsense", "[".repeat(100_000)]) {
    expect(await ask(text)).toMatchObject({ error: { code: -32_700 }, id: null });
  }
  for (const given of [
    5,
    "text",
    null,
    {},
    [],
    { jsonrpc: "1.0", id: 1, method: "sum" },
    request("sum", 5),
  ]) {
    expect(await errorOf(JSON.stringify(given))).toMatchObject({ code: -32_600 });
  }
  for (const name of ["none", "__proto__", "constructor", "toString"]) {
    expect(await errorOf(request(name))).toMatchObject({ code: -32_601 });
  }
  for (const params of [[], ["2"], [1, 2, 3], { first: null }]) {
    expect(await errorOf(request("sum", params))).toMatchObject({ code: -32_602 });
  }
});

test("an invalid request is answered with its id, so that its sender knows which call failed", async () => {
  expect(await ask({ id: "seven", method: 5 })).toMatchObject({ error: { code: -32_600 }, id: "seven" });
});

test("whatever comes, an answer goes: never a throw", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.object().map((object) => JSON.stringify(request("sum", object))),
      ),
      async (text) => {
        expect(["object", "undefined"]).toContain(typeof (await ask(text)));
      },
    ),
    { numRuns: 300 },
  );
});

test("a caller may have a few answers that take their time, and any number of others", async () => {
  const load = { running: 0, most: 2 };
  const waiting = [ask(request("waits"), { load }), ask(request("waits"), { load })];
  expect(await ask(request("waits"), { load })).toMatchObject({ error: { code: -32_029 } });
  slow.resolve("done");
  for (const answer of await Promise.all(waiting)) expect(answer).toMatchObject({ result: "done" });
  const many = await Promise.all(Array.from({ length: 500 }, () => ask(request("sum", [1]), { load })));
  for (const answer of many) expect(answer).toMatchObject({ result: 1 });
});

describe("batches", () => {
  test("are answered in order, each part by itself", async () => {
    const answers = await ask([request("sum", [1, 1], "a"), { foo: 1 }, request("none", [], "b")]);
    expect(answers).toMatchObject([
      { id: "a", result: 2 },
      { id: null, error: { code: -32_600 } },
      { id: "b" },
    ]);
  });

  test("of notifications only get no answer, and neither does a single one", async () => {
    const notification = { jsonrpc: "2.0", method: "breaks" };
    expect(await ask([notification, notification])).toBeUndefined();
    expect(await ask(notification)).toBeUndefined();
    expect(defects).toEqual([]);
  });

  test("have a bound, in number and in what they answer", async () => {
    const many = Array.from({ length: 1_001 }, () => request("nothing"));
    expect(await errorOf(many)).toMatchObject({ code: -32_010 });
    const answers = (await ask([request("big"), request("big"), request("sum", [1])])) as object[];
    expect(answers.map((answer) => "result" in answer)).toEqual([true, true, false]);
  });
});

describe("errors", () => {
  test("of the pool carry their number and data", async () => {
    expect(await errorOf(request("refuses"))).toEqual({
      code: 1_010,
      message: "Invalid Transaction",
      data: "Custom error: 6",
    } as never);
  });

  test("of a missing state have the words by which clients turn to an archive node", async () => {
    const error = (await errorOf(request("discarded"))) as unknown as { code: number; message: string };
    expect(error.code).toBe(4_003);
    expect(error.message).toContain("State already discarded for 0xabcd");
  });

  test("nobody foresaw say nothing of our insides, and are told to us", async () => {
    expect(await errorOf(request("breaks"))).toEqual({ code: -32_603, message: "Internal error" } as never);
    expect(defects.splice(0)).toEqual(["breaks"]);
  });

  test("take the place of an answer that is too large", async () => {
    expect(await errorOf(request("large"))).toMatchObject({ code: -32_008 });
  });
});

describe("subscriptions", () => {
  const opened = () => {
    const told: unknown[] = [];
    let ids = 0;
    const subscriptions = createSubscriptions({
      limit: 2,
      nextId: () => `s${++ids}`,
      notify: (name, id, result) => told.push([name, id, result]),
    });
    return { told, subscriptions };
  };

  test("begin when the answer with their id was sent, not before", async () => {
    const { told, subscriptions } = opened();
    const { text, begin } = await dispatch(JSON.stringify(request("ticks")), context({ subscriptions }));
    expect(JSON.parse(text ?? "")).toMatchObject({ result: "s1" });
    expect(told).toEqual([]);
    begin();
    emitNow(1);
    expect(told).toEqual([
      ["tick", "s1", 0],
      ["tick", "s1", 1],
    ]);
    subscriptions.endAll();
  });

  test("end once, with their connection at the latest, and emit nothing afterwards", async () => {
    const { told, subscriptions } = opened();
    (await dispatch(JSON.stringify(request("ticks")), context({ subscriptions }))).begin();
    expect(subscriptions.end("s1")).toBe(true);
    expect(subscriptions.end("s1")).toBe(false);
    emitNow(1);
    expect(told.length).toBe(1);
    const late = await dispatch(JSON.stringify(request("ticks")), context({ subscriptions }));
    subscriptions.endAll();
    late.begin();
    expect({ started, told: told.length }).toEqual({ started: 0, told: 1 });
  });

  test("have a bound on each connection", async () => {
    const { subscriptions } = opened();
    for (let count = 0; count < 2; count++) await ask(request("ticks"), { subscriptions });
    expect(await ask(request("ticks"), { subscriptions })).toMatchObject({ error: { code: -32_006 } });
    subscriptions.endAll();
  });

  test("are refused where nothing can be pushed", async () => {
    expect(await errorOf(request("ticks"))).toMatchObject({ code: -32_601 });
  });
});
