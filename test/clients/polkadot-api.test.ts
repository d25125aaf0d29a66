/** @polkadot/api 16.5.6, the JavaScript world's client: it computes header hashes itself and signs mortal extrinsics over them. */
import { afterAll, beforeAll, expect, test } from "bun:test";
import { ApiPromise, Keyring, WsProvider } from "@polkadot/api";
import type { ApiOptions, SubmittableExtrinsic } from "@polkadot/api/types";
import { type RunningDevnet, startDevnet } from "../support/devnet.ts";
import { GENESIS, HEAD_START, HOTKEYS, ONE_TO_THREE, REVEAL_TEMPO, TEMPO } from "./genesis.ts";

const SLOW_MS = 30_000;

/** What every decoded value can do. */
interface Codec {
  toJSON(): unknown;
}

let devnet: RunningDevnet;
let api: ApiPromise;
const keyring = () => new Keyring({ type: "sr25519", ss58Format: 42 });
const key = (uri: string) => keyring().addFromUri(uri);

beforeAll(async () => {
  devnet = await startDevnet({ genesis: GENESIS });
  await devnet.rpc("devnet_advance", HEAD_START);
  api = await ApiPromise.create({
    provider: new WsProvider(devnet.url) as NonNullable<ApiOptions["provider"]>,
    noInitWarn: true,
    // They carry no data; without their names it warns of each.
    signedExtensions: Object.fromEntries(
      [
        "SudoTransactionExtension",
        "CheckShieldedTxValidity",
        "SubtensorTransactionExtension",
        "DrandPriority",
      ].map((name) => [name, { extrinsic: {}, payload: {} }]),
    ),
  });
}, SLOW_MS);

afterAll(async () => {
  await api?.disconnect();
  await devnet?.[Symbol.asyncDispose]();
}, SLOW_MS);

const read = async (pallet: string, item: string, ...keys: unknown[]): Promise<unknown> =>
  ((await api.query[pallet]?.[item]?.(...keys)) as Codec | undefined)?.toJSON();
const call = (pallet: string, name: string, ...args: unknown[]) => {
  const found = api.tx[pallet]?.[name];
  if (found === undefined) throw new Error(`no call ${pallet}.${name}`);
  return found(...args) as SubmittableExtrinsic<"promise">;
};

/** The statuses until it is final, and the name of the module's error when it failed. */
async function send(uri: string, extrinsic: SubmittableExtrinsic<"promise">) {
  const statuses: string[] = [];
  const error = await new Promise<string | undefined>((resolve, reject) => {
    extrinsic
      .signAndSend(key(uri), ({ status, dispatchError }) => {
        statuses.push(status.type);
        if (!status.isFinalized) return;
        if (dispatchError === undefined) resolve(undefined);
        else
          resolve(
            dispatchError.isModule
              ? api.registry.findMetaError(dispatchError.asModule).name
              : `${dispatchError}`,
          );
      })
      .catch(reject);
  });
  return { statuses, error };
}
const sent = { statuses: ["Ready", "InBlock", "Finalized"], error: undefined };
const refusal = (promise: Promise<unknown>) =>
  promise.then(
    () => "accepted",
    (error: unknown) => String(error),
  );

test("connects and reads chain, genesis, constants and runtime version", async () => {
  expect((await api.rpc.system.chain()).toString()).toBe("Bittensor");
  expect(api.genesisHash.toHex()).toBe(devnet.genesisHash as `0x${string}`);
  expect(api.runtimeVersion.specVersion.toNumber()).toBe(424);
  expect(api.consts.aura?.slotDuration?.toString()).toBe("250");
});

test("computes the hash by which the devnet knows its blocks", async () => {
  const hash = await api.rpc.chain.getBlockHash();
  const header = await api.rpc.chain.getHeader(hash);
  expect(header.hash.toHex()).toBe(hash.toHex());
  const { block } = await api.rpc.chain.getBlock(hash);
  expect(block.extrinsics[0]?.method.section).toBe("timestamp");
});

test("reads the metagraph by runtime calls and by storage", async () => {
  const neurons = (await api.call.neuronInfoRuntimeApi?.getNeuronsLite?.(1)) as Codec;
  const shown = neurons.toJSON() as { hotkey: string; validatorPermit: boolean }[];
  expect(shown.map(({ hotkey }) => hotkey)).toEqual(HOTKEYS);
  expect(shown[1]?.validatorPermit).toBe(true);
  const hotkeys = await api.query.subtensorModule?.keys?.entries(1);
  expect(hotkeys?.map(([, value]) => String(value)).sort()).toEqual([...HOTKEYS].sort());
});

test("reads hyperparameters", async () => {
  expect(await read("subtensorModule", "tempo", 1)).toBe(TEMPO);
  const found = (await api.call.subnetInfoRuntimeApi?.getSubnetHyperparamsV3?.(1)) as Codec;
  expect((found.toJSON() as unknown[]).length).toBe(33);
});

test(
  "follows new and finalized heads without a gap",
  async () => {
    for (const subscribe of [api.rpc.chain.subscribeNewHeads, api.rpc.chain.subscribeFinalizedHeads]) {
      const numbers: number[] = [];
      await new Promise<void>((resolve) => {
        void subscribe((header) => {
          numbers.push(header.number.toNumber());
          if (numbers.length === 4) resolve();
        });
      });
      const [first = 0] = numbers;
      expect(numbers.slice(0, 4)).toEqual([first, first + 1, first + 2, first + 3]);
    }
  },
  SLOW_MS,
);

test("transfers, seeing ready, in block and finalized", async () => {
  const to = key("//Stranger").address;
  expect(await send("//Bob", call("balances", "transferKeepAlive", to, 1_500_000_000))).toEqual(sent);
  expect(await read("system", "account", to)).toMatchObject({ data: { free: 1_500_000_000 } });
});

test("asks what an extrinsic costs", async () => {
  const info = await call("balances", "transferKeepAlive", key("//Val").address, 1).paymentInfo(key("//Bob"));
  expect(info.partialFee.toBigInt()).toBeGreaterThan(0n);
});

test("registers a neuron, and is refused the second time by name", async () => {
  const hotkey = key("//Bob/hot").address;
  expect(await send("//Bob", call("subtensorModule", "burnedRegister", 1, hotkey))).toEqual(sent);
  expect(await read("subtensorModule", "uids", 1, hotkey)).toBe(4);
  const again = await send("//Bob", call("subtensorModule", "burnedRegister", 1, hotkey));
  expect(again.error).toBe("HotKeyAlreadyRegisteredInSubNet");
});

test("stakes", async () => {
  const hotkey = key("//Val/hot").address;
  const before = Number(await read("subtensorModule", "totalHotkeyAlpha", hotkey, 1));
  expect(await send("//Bob", call("subtensorModule", "addStake", hotkey, 1, 10_000_000_000))).toEqual(sent);
  expect(Number(await read("subtensorModule", "totalHotkeyAlpha", hotkey, 1))).toBeGreaterThan(before);
});

test("serves an axon; loopback is refused at the pool", async () => {
  const serve = (ip: number) => call("subtensorModule", "serveAxon", 1, 1, ip, 8091, 4, 4, 0, 0);
  expect(await refusal(send("//Miner1/hot", serve(0x7f000001)))).toContain(
    "1010: Invalid Transaction: Custom error: 11",
  );
  expect(await send("//Miner1/hot", serve(0xcb007107))).toEqual(sent);
  expect(await read("subtensorModule", "axons", 1, key("//Miner1/hot").address)).toMatchObject({
    ip: 0xcb007107,
  });
});

test("commits data", async () => {
  const fields = [{ Raw12: "0x68656c6c6f206465766e6574" }];
  expect(await send("//Miner1/hot", call("commitments", "setCommitment", 1, { fields }))).toEqual(sent);
  const read12 = await read("commitments", "commitmentOf", 1, key("//Miner1/hot").address);
  expect(JSON.stringify(read12)).toContain("68656c6c6f206465766e6574");
});

test("sets weights, reads them back upscaled, and is refused within the rate limit", async () => {
  const set = (weights: number[]) => call("subtensorModule", "setWeights", 1, [2, 3], weights, 0);
  expect(await send("//Val/hot", set([1, 3]))).toEqual(sent);
  expect(await read("subtensorModule", "weights", 1, 1)).toEqual(ONE_TO_THREE);
  expect(await refusal(send("//Val/hot", set([1, 1])))).toContain(
    "1010: Invalid Transaction: Custom error: 6",
  );
});

test("a stale nonce and a foreign signature are refused in Substrate's words", async () => {
  const transfer = call("balances", "transferKeepAlive", key("//Val").address, 1);
  const stale = await transfer.signAsync(key("//Bob"), { nonce: 0 });
  expect(await refusal(stale.send())).toContain("1010: Invalid Transaction: Transaction is outdated");
  const signed = await call("balances", "transferKeepAlive", key("//Val").address, 2).signAsync(key("//Bob"));
  const forged = signed.toHex().replace(signed.signature.toHex().slice(2), "11".repeat(64));
  expect(await refusal(api.rpc.author.submitExtrinsic(forged))).toContain(
    "1010: Invalid Transaction: Transaction has a bad signature",
  );
});

test("an epoch pays miners by weight and the validator", async () => {
  const hotkey = key("//Miner2/hot").address;
  const before = BigInt(String((await read("subtensorModule", "totalHotkeyAlpha", hotkey, 1)) ?? 0));
  await devnet.rpc("devnet_advance", 2 * TEMPO);
  const incentive = (await read("subtensorModule", "incentive", 1)) as number[];
  expect(incentive[3]).toBeGreaterThan(incentive[2] ?? 0);
  expect(incentive[2]).toBeGreaterThan(0);
  expect(BigInt(String(await read("subtensorModule", "totalHotkeyAlpha", hotkey, 1)))).toBeGreaterThan(
    before,
  );
});

test(
  "commits weights by hash and reveals them in the epoch after",
  async () => {
    const { blake2AsHex } = await import("@polkadot/util-crypto");
    const [uids, values, salt] = [
      [2, 3],
      [1, 3],
      [9, 8, 7],
    ];
    const preimage = api.registry.createType("(AccountId32, u16, Vec<u16>, Vec<u16>, Vec<u16>, u64)", [
      key("//Val/hot").publicKey,
      ...[2, uids, values, salt, 0],
    ]);
    expect(
      await send("//Val/hot", call("subtensorModule", "commitWeights", 2, blake2AsHex(preimage.toU8a()))),
    ).toEqual(sent);
    const reveal = () => call("subtensorModule", "revealWeights", 2, uids, values, salt, 0);
    await devnet.rpc("devnet_advance", REVEAL_TEMPO);
    expect(await send("//Val/hot", reveal())).toEqual(sent);
    expect(await read("subtensorModule", "weights", 2, 1)).toEqual(ONE_TO_THREE);
  },
  SLOW_MS,
);
