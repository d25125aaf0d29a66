import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { ToolBudget } from "../../protocol/tools.ts";
import { refusal } from "../../test/support/rejection.ts";
import { Account, NOTHING, type Reservation, type Spend, UNITS } from "./account.ts";

const budget: ToolBudget = { nanoUsd: 100, tokens: 50, calls: 5, bytes: 1_000, wallMs: 1_000 };
const spend = (changes: Partial<Spend>): Spend => ({ ...NOTHING, ...changes });

describe("a session's account", () => {
  test("refuses what its worst case could overdraw, in whichever unit, and names it", () => {
    for (const unit of UNITS) {
      const failure = refusal(() => new Account(budget).reserve(spend({ [unit]: budget[unit] + 1 })));
      expect([failure.code, failure.meta?.unit, failure.retryable]).toEqual(["limit", unit, false]);
    }
  });

  test("says when waiting would help: only what other calls have reserved is in the way", () => {
    const account = new Account(budget);
    const first = account.reserve(spend({ nanoUsd: 60 }));
    const refused = refusal(() => account.reserve(spend({ nanoUsd: 60 })));
    expect([refused.retryable, refused.retryAfterMs]).toEqual([true, 250]);
    first.settle(spend({ nanoUsd: 40 }));
    account.reserve(spend({ nanoUsd: 60 }));
    expect(refusal(() => account.reserve(spend({ nanoUsd: 61 }))).retryable).toBe(false);
  });

  test("charges what was used and gives the rest back", () => {
    const account = new Account(budget);
    account.reserve(spend({ nanoUsd: 100, calls: 1 })).settle(spend({ nanoUsd: 30, calls: 1 }));
    expect([account.spent, account.left.nanoUsd, account.reserved]).toEqual([
      spend({ nanoUsd: 30, calls: 1 }),
      70,
      NOTHING,
    ]);
  });

  test("charges more than was reserved as far as the budget goes, and tells what is beyond", () => {
    const account = new Account(budget);
    const settled = account.reserve(spend({ nanoUsd: 10 })).settle(spend({ nanoUsd: 130, tokens: 20 }));
    expect(settled).toEqual({
      charged: spend({ nanoUsd: 100, tokens: 20 }),
      beyond: spend({ nanoUsd: 30 }),
    });
    expect(account.left.nanoUsd).toBe(0);
  });

  test("is settled once", () => {
    const reservation = new Account(budget).reserve(NOTHING);
    reservation.settle(NOTHING);
    expect(refusal(() => reservation.settle(NOTHING)).code).toBe("defect");
  });

  test("never has spent and reserved more than its budget, whatever is interleaved and fails", () => {
    const amount = fc.record({
      nanoUsd: fc.nat(150),
      tokens: fc.nat(60),
      calls: fc.nat(2),
      bytes: fc.nat(1_500),
    });
    const step = fc.oneof(
      fc.record({ reserve: amount }),
      fc.record({ settle: fc.nat(20), used: amount }),
      fc.record({ release: fc.nat(20) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const account = new Account(budget);
        const open: Reservation[] = [];
        for (const each of steps) {
          if ("reserve" in each) {
            try {
              open.push(account.reserve(each.reserve));
            } catch {
              // refused: nothing changed, as the sums below show
            }
          } else if (open.length > 0) {
            const at = ("settle" in each ? each.settle : each.release) % open.length;
            const [reservation] = open.splice(at, 1);
            reservation!.settle("used" in each ? each.used : NOTHING);
          }
          const reserved = open.reduce((sum, { worst }) => sum + worst.nanoUsd, 0);
          expect(account.reserved.nanoUsd).toBe(reserved);
          for (const unit of UNITS) {
            expect(account.spent[unit] + account.reserved[unit]).toBeLessThanOrEqual(budget[unit]);
            expect(account.left[unit]).toBeGreaterThanOrEqual(0);
          }
        }
      }),
      { numRuns: 500 },
    );
  });
});
