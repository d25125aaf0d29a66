import { describe, expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { DEFAULT_LIMITS, type IsolateEvidence, type IsolateRequest } from "../protocol/isolate.ts";
import type { IsolateBackend } from "./isolate.ts";
import { createIsolatePool } from "./pool.ts";

const request: IsolateRequest = { runtime: "python", files: {}, entry: "a", limits: DEFAULT_LIMITS, seed: 0 };

/** A back end whose runs end when the test says so. */
function gated() {
  const started: { finish: () => void; fail: (error: Failure) => void }[] = [];
  let closed = false;
  const backend: IsolateBackend = {
    name: "scripted",
    runtimes: ["python"],
    check: async () => ({ ok: true, detail: "" }),
    prepare: async () => {},
    run: (given) =>
      new Promise<IsolateEvidence>((resolve, reject) => {
        const isolate = {
          backend: "scripted",
          engine: "",
          runtime: "python",
          digest: "0".repeat(64),
        } as const;
        started.push({
          finish: () => resolve({ cases: [], isolate: { ...isolate, limits: given.limits } }),
          fail: reject,
        });
      }),
    close: async () => {
      closed = true;
    },
  };
  return { backend, started, isClosed: () => closed };
}

const codeOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => "done",
    (error) => Failure.from(error).code,
  );
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe("isolate pool", () => {
  test("runs as many as it has slots, the rest in the order they came", async () => {
    const { backend, started } = gated();
    const pool = createIsolatePool({ backend, slots: 2 });
    const done: number[] = [];
    const runs = [0, 1, 2, 3].map((index) => pool.run(request).then(() => done.push(index)));
    await settle();
    expect([started.length, pool.waiting(), pool.status().running]).toEqual([2, 2, 2]);
    started[1]!.finish();
    await settle();
    expect([started.length, pool.waiting()]).toEqual([3, 1]);
    for (const at of [0, 2]) started[at]!.finish();
    await settle();
    started[3]!.finish();
    await Promise.all(runs);
    expect(done).toEqual([1, 0, 2, 3]);
    expect(pool.status()).toMatchObject({ running: 0, completed: 4, slots: 2 });
  });

  test("gives the slot back when a run fails", async () => {
    const { backend, started } = gated();
    const pool = createIsolatePool({ backend, slots: 1 });
    const [first, second] = [pool.run(request), pool.run(request)];
    await settle();
    started[0]!.fail(new Failure("unavailable", "broken"));
    expect(await codeOf(first)).toBe("unavailable");
    await settle();
    started[1]!.finish();
    expect(await codeOf(second)).toBe("done");
  });

  test("refuses what does not fit into the queue", async () => {
    const { backend } = gated();
    const pool = createIsolatePool({ backend, slots: 1, maxWaiting: 1 });
    void pool.run(request);
    void pool.run(request).catch(() => {});
    expect(await codeOf(pool.run(request))).toBe("overloaded");
  });

  test("a cancelled wait leaves the queue and takes no slot", async () => {
    const { backend, started } = gated();
    const pool = createIsolatePool({ backend, slots: 1 });
    const running = pool.run(request);
    const abort = new AbortController();
    const waiting = codeOf(pool.run(request, { signal: abort.signal }));
    const behind = pool.run(request);
    await settle();
    abort.abort();
    expect(await waiting).toBe("cancelled");
    started[0]!.finish();
    await running;
    await settle();
    started[1]!.finish();
    await behind;
    expect(pool.status()).toMatchObject({ running: 0, completed: 2 });
  });

  test("tells when a slot gets free and nobody waits", async () => {
    const { backend, started } = gated();
    const idle: number[] = [];
    const pool = createIsolatePool({ backend, slots: 1, onIdle: ({ completed }) => idle.push(completed) });
    const runs = [pool.run(request), pool.run(request)];
    await settle();
    started[0]!.finish();
    await settle();
    expect(idle).toEqual([]);
    started[1]!.finish();
    await Promise.all(runs);
    expect(idle).toEqual([2]);
  });

  test("closing refuses what waits and lets what runs end", async () => {
    const { backend, started, isClosed } = gated();
    const pool = createIsolatePool({ backend, slots: 1 });
    const running = codeOf(pool.run(request));
    const waiting = codeOf(pool.run(request));
    await settle();
    const closing = pool.close();
    expect(await waiting).toBe("draining");
    expect(isClosed()).toBe(false);
    started[0]!.finish();
    await closing;
    expect([await running, isClosed()]).toEqual(["done", true]);
    expect(await codeOf(pool.run(request))).toBe("draining");
  });
});
