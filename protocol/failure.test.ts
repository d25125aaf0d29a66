import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { FAILURES, Failure, FailureCode, WireFailure } from "./failure.ts";

const overTheWire = (failure: Failure): Failure =>
  Failure.fromWire(WireFailure.parse(JSON.parse(JSON.stringify(failure.toWire()))));

const meta = fc.dictionary(
  fc.string({ maxLength: 80 }),
  fc.oneof(fc.string({ maxLength: 1_200 }), fc.double(), fc.boolean(), fc.constant(null)),
  { maxKeys: 40 },
);

describe("failures", () => {
  test("keep code, owner, retryability, hint, values and causes over the wire", () => {
    const inner = new Failure("storage", "disk full", { retryAfterMs: 5, meta: { path: "/x", free: 0 } });
    const outer = new Failure("provider", "no answer", {
      hint: "Ask later.",
      retryable: false,
      cause: inner,
    });
    const back = overTheWire(outer);
    expect(back.toWire()).toEqual(outer.toWire());
    expect([back.code, back.retryable, back.owner, back.hint]).toEqual([
      "provider",
      false,
      "provider",
      "Ask later.",
    ]);
    expect(back.cause).toBeInstanceOf(Failure);
    expect((back.cause as Failure).meta).toEqual({ path: "/x", free: 0 });
  });

  test("of any size and content have a wire form that the receiver accepts", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...(Object.keys(FAILURES) as FailureCode[])),
        fc.string({ maxLength: 3_000, size: "max" }),
        meta,
        fc.double(),
        fc.anything(),
        (code, message, meta, retryAfterMs, cause) => {
          const failure = new Failure(code, message, { hint: message, meta, retryAfterMs, cause });
          expect(overTheWire(failure).code).toBe(code);
        },
      ),
    );
  });

  test("with an endless chain of causes travel with the first few", () => {
    let failure = new Failure("defect", "root");
    for (let level = 0; level < 100; level++)
      failure = new Failure("unavailable", `level ${level}`, { cause: failure });
    let depth = 0;
    for (let at: unknown = overTheWire(failure); at instanceof Failure; at = at.cause) depth++;
    expect(depth).toBe(9);
  });

  test("of a kind that nobody knows are not taken from the wire", () => {
    const wire = { ...new Failure("timeout", "late").toWire(), code: "mystery" };
    expect(WireFailure.safeParse(wire).success).toBe(false);
    expect(FailureCode.safeParse("constructor").success).toBe(false);
  });

  test("that nobody foresaw are ours, never the miner's", () => {
    for (const thrown of [new Error("x"), "x", undefined, Object.create(null), Symbol("s")]) {
      const failure = Failure.from(thrown);
      expect([failure.code, failure.owner, failure.retryable]).toEqual(["defect", "validator", false]);
    }
  });

  test("cost a miner only when the code says so", () => {
    const miners = (Object.keys(FAILURES) as FailureCode[]).filter(
      (code) => FAILURES[code].owner === "miner",
    );
    expect(miners).toEqual(["policy", "limit"]);
  });

  test("show message, values and what to do in one line", () => {
    const failure = new Failure("config", "port is taken", { meta: { port: 80 }, hint: "Choose another." });
    expect(failure.toLine()).toBe("port is taken (port=80). Choose another.");
  });
});

test("is told in one line, whatever was said by others", () => {
  const failure = new Failure("unavailable", "the compiler failed", {
    meta: { stderr: "ENOSPC\n  at write\r\n\nBun" },
    hint: "Make space.",
  });
  expect(failure.toLine()).toBe("the compiler failed (stderr=ENOSPC at write Bun). Make space.");
});
