import { expect, test } from "bun:test";
import { NO_USAGE } from "../../models/answer/numbered.ts";
import { Failure } from "../../protocol/failure.ts";
import { Tally } from "./tally.ts";

test("tells the latest beginnings, and not those of long ago", () => {
  const tally = new Tally();
  expect(tally.work.firstTokenMs).toBeNull();
  tally.began(9_000);
  for (let ms = 1; ms <= 128; ms++) tally.began(ms);
  expect(tally.work.firstTokenMs).toEqual({ p50: 64, p95: 122 });
});

test("counts what was read and given, and failures that are not the caller's", async () => {
  const tally = new Tally();
  tally.gave(3);
  tally.answered({ ...NO_USAGE, promptTokens: 10, cachedTokens: 4 });
  await tally.counting(Promise.resolve({ usage: { ...NO_USAGE, promptTokens: 5 } }));
  for (const code of ["cancelled", "too-large", "unavailable"] as const) {
    await tally.counting(Promise.reject(new Failure(code, "no"))).catch(() => {});
  }
  expect(tally.work).toMatchObject({ answers: 2, failed: 1, promptTokens: 11, completionTokens: 3 });
});
