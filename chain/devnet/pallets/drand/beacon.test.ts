import { expect, test } from "bun:test";
import { ownConfig, ownKey } from "./beacon.ts";

test("the public key that the chain tells is that of the key that signs", () => {
  expect(ownConfig().public_key).toEqual(ownKey().publicKey);
});
