import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { canonicalJson, sha256 } from "../protocol/canonical.ts";
import { Failure } from "../protocol/failure.ts";
import { type EventRow, eventHash, GENESIS } from "./event.ts";
import { keyOf, type Plan, planBatch } from "./plan.ts";
import type { AppendRequest } from "./request.ts";
import { ChainCheck } from "./verify.ts";

const Request = fc.record({
  events: fc.array(
    fc.record({
      at: fc.integer({ min: 0, max: 2 ** 45 }),
      subnet: fc.constantFrom("demo", "other"),
      type: fc.constantFrom("job.concluded", "round.closed"),
      key: fc.constantFrom("a", "b", "c", "d", 'quote"', "back\\slash"),
      body: fc.jsonValue().map((value) => {
        try {
          return canonicalJson(JSON.parse(JSON.stringify(value)));
        } catch {
          return "null";
        }
      }),
    }),
    { maxLength: 4 },
  ),
  effects: fc.constant([]),
  fence: fc.option(fc.record({ lease: fc.constantFrom("x", "y"), token: fc.nat(4) }), { nil: undefined }),
  size: fc.constant(0),
});

/** A store in three variables, to apply plans to. */
function store() {
  const rows: EventRow[] = [];
  const tokens = new Map<string, number>();
  return {
    rows,
    tokens,
    apply(batch: readonly AppendRequest[]): Plan {
      const last = rows.at(-1);
      const plan = planBatch(batch, {
        head: { seq: last?.seq ?? 0, hash: last?.hash ?? GENESIS },
        token: (lease) => tokens.get(lease),
        event: (name) => rows.find((row) => keyOf(row) === keyOf(name)),
      });
      rows.push(...plan.events);
      for (const [lease, token] of plan.tokens) tokens.set(lease, token);
      return plan;
    },
  };
}

describe("a batch's plan", () => {
  test("always continues one chain with unique keys, and answers every request", () => {
    fc.assert(
      fc.property(fc.array(fc.array(Request, { maxLength: 6 }), { maxLength: 4 }), (batches) => {
        const { rows, apply } = store();
        for (const batch of batches) {
          const { outcomes } = apply(batch);
          expect(outcomes).toHaveLength(batch.length);
          for (const [index, outcome] of outcomes.entries())
            if (Array.isArray(outcome))
              expect(outcome.map(({ row }) => keyOf(row))).toEqual(batch[index]!.events.map(keyOf));
            else expect(outcome.code).toBe("fenced");
        }
        const check = new ChainCheck();
        for (const row of rows) expect(check.next(row)).toBeUndefined();
        expect(new Set(rows.map(keyOf)).size).toBe(rows.length);
      }),
    );
  });

  test("writes the same whether requests come in one batch or one by one", () => {
    fc.assert(
      fc.property(fc.array(Request, { maxLength: 8 }), (requests) => {
        const together = store();
        const apart = store();
        together.apply(requests);
        for (const request of requests) apart.apply([request]);
        expect(together.rows).toEqual(apart.rows);
        expect(together.tokens).toEqual(apart.tokens);
      }),
    );
  });

  test("accepts for each lease only tokens that never fall", () => {
    fc.assert(
      fc.property(fc.array(Request, { maxLength: 12 }), (requests) => {
        const { outcomes } = store().apply(requests);
        const seen = new Map<string, number>();
        for (const [index, { fence }] of requests.entries()) {
          if (fence === undefined) continue;
          const highest = seen.get(fence.lease) ?? 0;
          expect(outcomes[index] instanceof Failure).toBe(fence.token < highest);
          seen.set(fence.lease, Math.max(highest, fence.token));
        }
      }),
    );
  });
});

test("the hash is sha256 over prev and the canonical JSON of the event", () => {
  const event = {
    seq: 7,
    at: 1_700_000_000_000,
    subnet: "demo",
    type: "job.concluded",
    key: 'a"b\\c',
    body: { z: [1, 2.5, null], a: "é\u0000" },
  };
  const prev = sha256("before");
  expect(eventHash({ ...event, prev, body: canonicalJson(event.body) })).toBe(
    sha256(prev + canonicalJson(event)),
  );
});
