import { describe, expect, test } from "bun:test";
import { Failure } from "../protocol/failure.ts";
import { groupCommit } from "./group-commit.ts";
import type { RowResult } from "./plan.ts";
import type { AppendRequest } from "./request.ts";

const request = (key: string, size = 1): AppendRequest => ({
  events: [{ at: 0, subnet: "demo", type: "t", key, body: "1" }],
  effects: [],
  fence: undefined,
  size,
});
const keysOf = (batch: readonly AppendRequest[]) => batch.map(({ events }) => events[0]?.key ?? "");

/** A store that only notes which requests came together. */
function recorder(outcome: (key: string) => RowResult[] | Failure = () => []) {
  const batches: string[][] = [];
  const commits = groupCommit({
    breathe: () => undefined,
    commit: async (batch) => {
      batches.push(keysOf(batch));
      return keysOf(batch).map(outcome);
    },
  });
  return { batches, commits };
}

describe("group commit", () => {
  test("puts all appends of one turn into one transaction, also those made a few awaits later", async () => {
    const { batches, commits } = recorder();
    const late = async () => {
      await undefined;
      await undefined;
      return commits.add(request("late"));
    };
    await Promise.all([commits.add(request("a")), commits.add(request("b")), late()]);
    expect(batches).toEqual([["a", "b", "late"]]);
  });

  test("gathers the next batch while one is under way", async () => {
    const gate = Promise.withResolvers<void>();
    const batches: string[][] = [];
    const commits = groupCommit({
      breathe: () => undefined,
      commit: async (batch) => {
        batches.push(keysOf(batch));
        if (batches.length === 1) await gate.promise;
        return batch.map(() => []);
      },
    });
    const first = commits.add(request("first"));
    while (batches.length === 0) await undefined;
    const rest = ["a", "b", "c"].map((key) => commits.add(request(key)));
    gate.resolve();
    await Promise.all([first, ...rest]);
    expect(batches).toEqual([["first"], ["a", "b", "c"]]);
  });

  test("gives each append its own failure and leaves the neighbours alone", async () => {
    const fenced = new Failure("fenced", "too late");
    const { commits } = recorder((key) => (key === "bad" ? fenced : []));
    const settled = await Promise.allSettled(["a", "bad", "b"].map((key) => commits.add(request(key))));
    expect(settled.map(({ status }) => status)).toEqual(["fulfilled", "rejected", "fulfilled"]);
    expect((settled[1] as PromiseRejectedResult).reason).toBe(fenced);
  });

  test("gives a failed transaction to all who were in it, and works on", async () => {
    let fail = true;
    const commits = groupCommit({
      breathe: () => undefined,
      commit: async (batch) => {
        if (fail) throw new Failure("storage", "disk full");
        return batch.map(() => []);
      },
    });
    const settled = await Promise.allSettled([commits.add(request("a")), commits.add(request("b"))]);
    expect(settled.map(({ status }) => status)).toEqual(["rejected", "rejected"]);
    fail = false;
    expect(await commits.add(request("a"))).toEqual([]);
  });

  test("refuses as overloaded what would exceed the queue, by count and by size, and recovers", async () => {
    const { commits } = recorder();
    const huge = commits.add(request("huge", 64 * 1024 * 1024));
    await expect(commits.add(request("one more"))).rejects.toMatchObject({
      code: "overloaded",
      retryAfterMs: 100,
    });
    await huge;
    await commits.add(request("again"));
    const many = Array.from({ length: 65_536 }, (_, index) => commits.add(request(`k${index}`, 0)));
    await expect(commits.add(request("too many"))).rejects.toMatchObject({ code: "overloaded" });
    await Promise.all(many);
  });

  test("splits what is too much for one transaction, in order", async () => {
    const { batches, commits } = recorder();
    const keys = Array.from({ length: 20_000 }, (_, index) => `k${index}`);
    await Promise.all(keys.map((key) => commits.add(request(key))));
    expect(batches.flat()).toEqual(keys);
    expect(batches.map((batch) => batch.length)).toEqual([8_192, 8_192, 3_616]);
  });

  test("is idle when nothing waits", async () => {
    const { commits, batches } = recorder();
    await commits.idle();
    const added = commits.add(request("a"));
    await commits.idle();
    expect(batches).toEqual([["a"]]);
    await added;
  });
});
