import { expect, test } from "bun:test";
import { Nonces } from "./nonces.ts";

const take = async (nonces: Nonces, counted: number, account = "a") => {
  const nonce = await nonces.next(
    account,
    async () => counted,
    async (given) => given,
  );
  nonces.sent(account, nonce);
  return nonce;
};

test("two extrinsics of one key at once never get the same nonce, though the chain counts neither yet", async () => {
  const nonces = new Nonces();
  expect(await Promise.all([take(nonces, 5), take(nonces, 5), take(nonces, 5, "b")])).toEqual([5, 6, 5]);
});

test("the chain's count wins when it is ahead, for another process may have signed", async () => {
  const nonces = new Nonces();
  await take(nonces, 5);
  expect(await take(nonces, 9)).toBe(9);
});

test("one that was signed and never sent leaves no gap, nor does one that came to nothing", async () => {
  const nonces = new Nonces();
  expect(
    await nonces.next(
      "a",
      async () => 5,
      async (nonce) => nonce,
    ),
  ).toBe(5);
  expect(await take(nonces, 5)).toBe(5);
  nonces.forget("a", 5);
  expect(await take(nonces, 5)).toBe(5);
});

test("a failure to sign holds up nobody", async () => {
  const nonces = new Nonces();
  await nonces
    .next(
      "a",
      async () => 1,
      () => Promise.reject(new Error("no key")),
    )
    .catch(() => {});
  expect(await take(nonces, 1)).toBe(1);
});
