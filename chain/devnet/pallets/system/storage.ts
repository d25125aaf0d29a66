import { vec } from "../../declare/collections.ts";
import { accountId, h256 } from "../../declare/known-types.ts";
import { u32 } from "../../declare/numbers.ts";
import { blake2Concat, storageOf, twox64Concat } from "../../declare/storage.ts";
import { NOBODY } from "../nobody.ts";
import { accountInfo, digest, eventRecord } from "./types.ts";

const { map, value } = storageOf("System");

/** Flag of accounts in the balances pallet's present form. */
const NEW_LOGIC = 1n << 127n;

export const SystemStorage = {
  Account: map("Account", {
    keys: [blake2Concat(accountId)],
    type: accountInfo,
    fallback: {
      nonce: 0,
      consumers: 0,
      providers: 0,
      sufficients: 0,
      data: { free: 0n, reserved: 0n, frozen: 0n, flags: NEW_LOGIC },
    },
  }),
  ExtrinsicCount: value("ExtrinsicCount", { type: u32 }),
  BlockHash: map("BlockHash", { keys: [twox64Concat(u32)], type: h256, fallback: NOBODY }),
  Number: value("Number", { type: u32, fallback: 0 }),
  ParentHash: value("ParentHash", { type: h256, fallback: NOBODY }),
  Digest: value("Digest", { type: digest, fallback: { logs: [] } }),
  Events: value("Events", { type: vec(eventRecord), fallback: [] }),
  EventCount: value("EventCount", { type: u32, fallback: 0 }),
};
