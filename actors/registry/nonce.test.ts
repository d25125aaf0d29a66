import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Failure } from "../../protocol/failure.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { Nonces } from "./nonce.ts";

const setUp = (capacity = 100) => {
  const clock = manualClock();
  return { clock, nonces: new Nonces({ clock, rng: createSystemRng(), lifetimeMs: 60_000, capacity }) };
};
const codeOf = (act: () => void): string => {
  try {
    act();
    return "ok";
  } catch (thrown) {
    return (thrown as Failure).code;
  }
};

describe("nonces", () => {
  test("are redeemed once", () => {
    const { nonces } = setUp();
    const { nonce } = nonces.issue();
    expect(codeOf(() => nonces.redeem(nonce))).toBe("ok");
    expect(codeOf(() => nonces.redeem(nonce))).toBe("conflict");
  });

  test("expire, and say the server's time", async () => {
    const { nonces, clock } = setUp();
    const { nonce, expiresAt } = nonces.issue();
    await clock.advance(59_999);
    expect(codeOf(() => nonces.check(nonce))).toBe("ok");
    await clock.advance(1);
    try {
      nonces.redeem(nonce);
      throw new Error("it should have expired");
    } catch (thrown) {
      expect((thrown as Failure).code).toBe("expired");
      expect((thrown as Failure).meta).toEqual({ serverTime: clock.now(), expiresAt });
    }
  });

  test("of another registry, or with a later expiry written in, are refused", () => {
    const { nonces } = setUp();
    const [expiry, random, mac] = nonces.issue().nonce.split(".");
    const later = (Number.parseInt(expiry!, 36) + 1_000_000).toString(36);
    expect(codeOf(() => nonces.redeem(`${later}.${random}.${mac}`))).toBe("expired");
    expect(codeOf(() => nonces.redeem(setUp().nonces.issue().nonce))).toBe("expired");
  });

  test("never throw anything but a failure for garbage", () => {
    const { nonces } = setUp();
    fc.assert(fc.property(fc.string(), (text) => expect(codeOf(() => nonces.redeem(text))).toBe("expired")));
  });

  test("cost no memory when issued, and bounded memory when redeemed", async () => {
    const { nonces, clock } = setUp(10);
    for (let count = 0; count < 10_000; count++) nonces.issue();
    expect(nonces.remembered).toBe(0);
    for (let count = 0; count < 10; count++) nonces.redeem(nonces.issue().nonce);
    expect(codeOf(() => nonces.redeem(nonces.issue().nonce))).toBe("overloaded");
    await clock.advance(60_000);
    expect(codeOf(() => nonces.redeem(nonces.issue().nonce))).toBe("ok");
    expect(nonces.remembered).toBe(1);
  });
});
