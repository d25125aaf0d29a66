/** A node on the small runtime with a clock of its own, and transactions for it. */
import type { Failure } from "../../../protocol/failure.ts";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { keyFromUri } from "../../keys/index.ts";
import type { Keypair } from "../../keys/keypair.ts";
import { ChainTypes } from "../../scale/chain-types.ts";
import type { Era } from "../../scale/era.ts";
import { decodeEvents, outcomeOf } from "../../scale/events.ts";
import { encodeSigned, signedPayload } from "../../scale/extrinsic.ts";
import { fromHex } from "../../scale/hex.ts";
import { decode } from "../declare/index.ts";
import { createDevnetNode, type DevnetNodeOptions } from "./devnet-node.ts";
import type { DevnetNode } from "./node.ts";
import { Stored, smallRuntime } from "./small-runtime.fixture.ts";

export const START = Date.UTC(2026, 0, 1);
export const alice = (await keyFromUri("//Alice")).keypair;
export const bob = (await keyFromUri("//Bob")).keypair;

export async function startNode(options: Partial<DevnetNodeOptions> = {}) {
  const clock = new VirtualClock(START);
  const defects: Failure[] = [];
  const node = await createDevnetNode({
    ...{ runtime: smallRuntime(), clock, slotMs: 250, manual: true },
    onDefect: (failure) => defects.push(failure),
    ...options,
  });
  const types = ChainTypes.read(node.metadata(15)!);
  return { node, clock, defects, types, later: (ms: number) => clock.run({ until: clock.now() + ms }) };
}

interface Signing {
  by?: Keypair;
  nonce?: number;
  era?: Era;
  tip?: bigint;
  genesisHash?: `0x${string}`;
}

export async function signed(
  node: DevnetNode,
  call: Uint8Array,
  { by = alice, nonce, era, tip = 0n, ...other }: Signing = {},
) {
  const extra = { era, nonce: nonce ?? node.nextNonce(by.publicKey), tip };
  const { specVersion, transactionVersion } = node.runtimeVersion();
  const genesisHash = other.genesisHash ?? node.genesisHash;
  const birthHash = era === undefined ? genesisHash : node.head().hash;
  const payload = signedPayload(call, extra, { specVersion, transactionVersion, genesisHash, birthHash });
  const signature = fromHex(await by.sign(payload));
  return encodeSigned(call, { account: by.publicKey, signature, extra });
}

export const put = (types: ChainTypes, value: bigint): Uint8Array => types.call("Numbers", "put", { value });

export const storedIn = (node: DevnetNode, at?: `0x${string}`): bigint => {
  const bytes = node.storage(Stored.key(), at);
  return bytes === undefined ? 0n : decode(Stored.value, bytes);
};

export const outcomeAtHead = (node: DevnetNode, types: ChainTypes, extrinsic: number) =>
  outcomeOf(types, decodeEvents(types, node.storage(types.storage("System", "Events").key())), extrinsic);

export const refusal = (
  work: () => unknown,
): { rpcCode: number; data: string | undefined; message: string } => {
  try {
    work();
  } catch (error) {
    const { rpcCode, data, message } = error as {
      rpcCode: number;
      data: string | undefined;
      message: string;
    };
    return { rpcCode, data, message };
  }
  throw new Error("was not refused");
};
