/** Codecs from metadata, on a devnet's own: what is there, what is not, and how it reads. */
import { expect, test } from "bun:test";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { VirtualClock } from "../../runtime/simulation/virtual-clock.ts";
import { openDevnet } from "../devnet/devnet.ts";
import { ChainTypes } from "./chain-types.ts";
import { decodeEvents, dispatchErrorName, outcomeOf } from "./events.ts";
import { EXTENSIONS } from "./extrinsic.ts";
import { fromHex, toHex } from "./hex.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const ALICE_KEY = "d43593c715fdd31c61141abd04a99fd6822c8558854ccde39a5684e7a56da27d";

const { node } = await openDevnet({
  ...{ clock: new VirtualClock(), log: silentLogger, blockTimeMs: "manual" },
  genesis: { subnets: [{ netuid: 1, owner: "//Alice" }] },
});
await node.advance(1);
const metadata = node.metadata(15)!;
const types = ChainTypes.read(metadata);

test("says what the runtime has, by name and never by version", () => {
  expect(types.hasCall("SubtensorModule", "commit_timelocked_mechanism_weights")).toBe(true);
  expect(types.hasCall("SubtensorModule", "no_such_call")).toBe(false);
  expect(types.hasCall("NoSuchPallet", "set_weights")).toBe(false);
  expect(types.hasStorage("SubtensorModule", "Tempo")).toBe(true);
  expect(types.hasStorage("Timestamp", "Tempo")).toBe(false);
  expect(types.hasApi("SubnetInfoRuntimeApi", "get_selective_metagraph")).toBe(true);
  expect(types.hasApi("SubnetInfoRuntimeApi", "get_everything")).toBe(false);
  expect(types.hasConstant("Aura", "SlotDuration")).toBe(true);
  expect(types.extensions).toEqual([...EXTENSIONS]);
});

test("what is not there fails with what is missing, not with a stack of the library", () => {
  for (const ask of [
    () => types.call("SubtensorModule", "no_such_call", {}),
    () => types.storage("SubtensorModule", "NoSuchItem"),
    () => types.api("SubnetInfoRuntimeApi", "get_everything"),
    () => types.constant("Aura", "NoSuchConstant"),
  ]) {
    expect(ask).toThrow(/^the chain has no (call|storage item|runtime API|constant) /);
  }
  expect(() => types.call("SubtensorModule", "set_weights", { netuid: "one" })).toThrow(
    "these are no arguments of SubtensorModule.set_weights",
  );
  for (const garbage of [new Uint8Array(), new Uint8Array(1_000).fill(1), metadata.slice(0, -1)]) {
    expect(() => ChainTypes.read(garbage)).toThrow("no metadata of version 14 to 16");
  }
});

test("keys go there and back, and fewer keys are the prefix of all that begin with them", () => {
  const account = types.storage("System", "Account");
  expect(account.key(ALICE)).toBe(
    `0x26aa394eea5630e07c48ae0c9558cef7b99d880ec681799c0cf30e8886371da9de1e86a9a8c739864cf3cc5ec2bea59f${ALICE_KEY}`,
  );
  expect(account.keysOf(account.key(ALICE))).toEqual([ALICE]);
  const uids = types.storage("SubtensorModule", "Uids");
  expect(uids.keys).toBe(2);
  expect(uids.key(1, ALICE)).toStartWith(uids.key(1));
  expect(uids.key(1)).toStartWith(uids.prefix);
  expect(() => uids.key(1, ALICE, 2)).toThrow("has 2 keys");
});

test("a value that is not stored is the chain's default, or nothing where there is none", () => {
  expect(types.storage("SubtensorModule", "CommitRevealWeightsEnabled").decode(undefined)).toBe(true);
  expect(types.storage("SubtensorModule", "Uids").decode(undefined)).toBeUndefined();
  const { data } = types.storage("System", "Account").decode(undefined) as { data: { free: bigint } };
  expect(data.free).toBe(0n);
});

test("values and answers are read whole: what is cut off or left over is refused", () => {
  const tempo = types.storage("SubtensorModule", "Tempo");
  const stored = node.storage(tempo.key(1))!;
  expect(tempo.decode(stored)).toBe(10);
  const roomy = Uint8Array.of(9, ...stored, 9);
  expect(tempo.decode(roomy.subarray(1, -1))).toBe(10);
  expect(() => tempo.decode(roomy)).toThrow("left over");
  expect(() => tempo.decode(stored.slice(0, 1))).toThrow();
  const api = types.api("SubnetInfoRuntimeApi", "get_metagraph");
  const answer = node.call("SubnetInfoRuntimeApi_get_metagraph", api.encode(1));
  expect(api.decode(answer)).toMatchObject({ netuid: 1 });
  expect(() => api.decode(answer.slice(0, -1))).toThrow();
});

test("events tell how an extrinsic ended, errors by name", () => {
  const events = decodeEvents(types, node.storage(types.storage("System", "Events").key()));
  expect(outcomeOf(types, events, 0)).toEqual({ ok: true });
  expect(() => outcomeOf(types, events, 7)).toThrow("no event tells how");
  // One event: phase ApplyExtrinsic(2), System.ExtrinsicFailed of SubtensorModule's error 29.
  const failed = fromHex("0x04000200000000010307".concat("1d000000", "000000", "00", "00"));
  expect(outcomeOf(types, decodeEvents(types, failed), 2)).toEqual({
    ok: false,
    error: { pallet: "SubtensorModule", name: "SettingWeightsTooFast" },
  });
  expect(types.errorName({ index: 7, error: "0x1d000000" })).toEqual({
    pallet: "SubtensorModule",
    name: "SettingWeightsTooFast",
  });
  expect(types.errorName({ index: 99, error: "0xff000000" })).toEqual({
    pallet: "pallet 99",
    name: "error 255",
  });
  expect(
    dispatchErrorName(types, { type: "Token", value: { type: "FundsUnavailable", value: undefined } }),
  ).toEqual({
    name: "Token.FundsUnavailable",
  });
  expect(dispatchErrorName(types, { type: "BadOrigin", value: undefined })).toEqual({ name: "BadOrigin" });
});

test("hex is read with or without its prefix, and nothing else is", () => {
  expect(fromHex("0x00fF")).toEqual(Uint8Array.of(0, 255));
  expect(fromHex("00ff")).toEqual(Uint8Array.of(0, 255));
  expect(toHex(new Uint8Array([7, 0, 255, 7]).subarray(1, 3))).toBe("0x00ff");
  for (const text of ["0x0", "0xgg", "x00", " 00"]) expect(() => fromHex(text)).toThrow("expected hex bytes");
});
