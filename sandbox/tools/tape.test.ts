import { describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { rejection } from "../../test/support/rejection.ts";
import { found, PROFILE, toolWorld } from "../../test/support/tool-world.ts";
import { until } from "../../test/support/until.ts";
import { storeTapes } from "./tape.ts";

const never = () => {
  throw new Error("a provider was asked");
};

describe("a tape", () => {
  test("answers a session with what another one was answered: the same receipts' ids, results and costs", async () => {
    let asked = 0;
    const blobs = createMemoryBlobs();
    const live = await toolWorld(() => ({ ...found(1), response: { nth: asked++, at: { b: 1, a: 2 } } }), {
      blobs,
    });
    const run = async ({ call }: typeof live) => [
      await call("search_web", { query: "a" }),
      await call("search_web", { query: "a" }), // equal requests have answers of their own
      await call("search_ai", { prompt: "a", tools: ["web"], count: 2 }),
    ];
    const first = await run(live);
    expect(asked).toBe(3);
    const { receipts } = (await live.session.close()).evidence;
    const again = await toolWorld(never, { blobs, profile: { ...PROFILE, tape: receipts } });
    expect(JSON.stringify(await run(again))).toBe(JSON.stringify(first)); // to the byte, members in the same order
    expect(first.map(({ response }) => response.nth)).toEqual([0, 1, 2]);
  });

  test("repeats failures as well, whoever they belong to, at the same price", async () => {
    const blobs = createMemoryBlobs();
    let failure = new Failure("timeout", "too late", { owner: "provider" });
    const live = await toolWorld(
      () => {
        throw failure;
      },
      { blobs },
    );
    const run = async ({ call }: typeof live) => [
      await call("search_web", { query: "slow" }),
      await call("search_web", { query: "gone" }),
    ];
    const first = live.call("search_web", { query: "slow" });
    await first;
    failure = new Failure("not-found", "gone", { owner: "miner" });
    const second = await live.call("search_web", { query: "gone" });
    const { receipts } = (await live.session.close()).evidence;
    const again = await toolWorld(never, { blobs, profile: { ...PROFILE, tape: receipts } });
    expect(await run(again)).toEqual([await first, second]);
    expect((await again.session.close()).fault).toBeUndefined();
  });

  test("has nothing else: a call that is not on it is refused, the same for every validator", async () => {
    const blobs = createMemoryBlobs();
    const live = await toolWorld(() => found(1), { blobs });
    const { receipts } = (await live.session.close()).evidence;
    const again = await toolWorld(never, { blobs, profile: { ...PROFILE, tape: receipts } });
    expect((await again.call("search_web", { query: "a" })).error).toMatchObject({
      ...{ code: "not-found", owner: "miner" },
    });
  });

  test("must be a book of receipts that is here", async () => {
    const blobs = createMemoryBlobs();
    const tape = await blobs.put('{"receipts":[]}');
    expect((await rejection(toolWorld(never, { blobs, profile: { tape } }))).code).toBe("corrupt");
    const missing = { sha256: "0".repeat(64), size: 3 };
    expect((await rejection(toolWorld(never, { blobs, profile: { tape: missing } }))).code).toBe("not-found");
  });
});

describe("tapes of a node", () => {
  test("answer every session of their scope with what the first was answered, also after a restart", async () => {
    const [store, blobs] = [createMemoryStore(), createMemoryBlobs()];
    let asked = 0;
    const open = (only: boolean) =>
      toolWorld(() => ({ ...found(1), response: asked++ }), {
        tape: { open: storeTapes({ store, blobs }), only },
      });
    const first = await (await open(false)).call("search_web", { query: "a" });
    const second = await (await open(false)).call("search_web", { query: "a" });
    const third = await (await open(true)).call("search_web", { query: "a" });
    expect([second, third, asked]).toEqual([first, first, 1]);
  });

  test("have a provider asked once by all who ask at the same time; who is left takes over from one that leaves", async () => {
    const open = storeTapes({ store: createMemoryStore(), blobs: createMemoryBlobs() });
    const asked: AbortSignal[] = [];
    const answers: ((answer: ReturnType<typeof found>) => void)[] = [];
    const session = () =>
      toolWorld(
        (_, { signal }) =>
          new Promise((resolve, reject) => {
            asked.push(signal);
            answers.push(resolve);
            signal.addEventListener("abort", () => reject(signal.reason));
          }),
        { tape: { open, only: false } },
      );
    const [first, second, third] = await Promise.all([session(), session(), session()]);
    const leaving = new AbortController();
    const left = first!.call("search_web", { query: "a" }, leaving.signal);
    const others = [second!, third!].map(({ call }) => call("search_web", { query: "a" }));
    await until(() => asked.length === 1, "the first asks");
    leaving.abort();
    await until(() => asked.length === 2, "another one asks instead");
    answers[1]!(found(1));
    expect((await Promise.all(others)).map(({ results }) => results.length)).toEqual([1, 1]);
    expect([(await left).error.code, asked.length]).toEqual(["cancelled", 2]);
  });

  test("do not keep what a provider could not do: the next try may have better luck", async () => {
    let down = true;
    const [store, blobs] = [createMemoryStore(), createMemoryBlobs()];
    const open = () =>
      toolWorld(
        () => {
          if (down) throw new Failure("provider", "down", { retryable: false });
          return found(1);
        },
        { tape: { open: storeTapes({ store, blobs }), only: false } },
      );
    expect((await (await open()).call("search_web", { query: "a" })).error.code).toBe("provider");
    down = false;
    expect((await (await open()).call("search_web", { query: "a" })).error).toBeUndefined();
  });

  test("are forgotten when so many newer ones have begun, whole", async () => {
    const [store, blobs] = [createMemoryStore(), createMemoryBlobs()];
    const open = storeTapes({ store, blobs, mostScopes: 2 });
    for (const scope of ["a", "b", "c"]) {
      await open(scope).keep?.("x.0", { answer: { response: scope, results: [], usage: null } });
    }
    expect(await open("a").find("x.0")).toBeUndefined();
    expect(await open("b").find("x.0")).toMatchObject({ answer: { response: "b" } });
    await open("d").keep?.("x.0", { answer: { response: "d", results: [], usage: null } });
    expect(await open("b").find("x.0")).toBeUndefined();
    expect(store.list("tape", 100).length).toBe(4);
  });

  test("ask again when an answer is no longer there", async () => {
    const [store, blobs] = [createMemoryStore(), createMemoryBlobs()];
    const tape = storeTapes({ store, blobs })("a");
    await tape.keep?.("x.0", { answer: { response: 1, results: [], usage: null } });
    expect(await tape.find("x.0")).toBeDefined();
    await blobs.delete(await blobs.put('{"response":1,"results":[],"usage":null}'));
    expect(await tape.find("x.0")).toBeUndefined();
  });
});
