/** The devnet's metadata beside the real chain's (spec 424), and as a decoder of others reads it. */
import { describe, expect, test } from "bun:test";
import { type CodecType, decAnyMetadata, metadata } from "@polkadot-api/substrate-bindings";
import { silentLogger } from "../../../cli/terminal/cli-logger.ts";
import { VirtualClock } from "../../../runtime/simulation/virtual-clock.ts";
import { ChainTypes } from "../../scale/chain-types.ts";
import { fromHex } from "../../scale/hex.ts";
import { openDevnet } from "../devnet.ts";
import type { DevnetNode } from "../node/node.ts";
import { encodeMetadata, fromV16, toV14, type V15 } from "./assemble.ts";
import { differences } from "./compare.ts";

const shared = new URL("../../../../shared/chain/", import.meta.url);
const real = (version: 14 | 15) => Bun.file(new URL(`subtensor-spec424.v${version}.hex`, shared));
const here = await real(15).exists();
if (!here) console.warn("skipped: the real chain's metadata is not beside the repository (../shared/chain)");

async function node(options: { metadata?: Uint8Array; blockTimeMs?: number } = {}): Promise<DevnetNode> {
  const clock = new VirtualClock();
  return (await openDevnet({ clock, log: silentLogger, genesis: {}, ...options })).node;
}

const tagged = (bytes: Uint8Array): CodecType<typeof metadata>["metadata"] => decAnyMetadata(bytes).metadata;

function v15Of(bytes: Uint8Array): V15 {
  const read = tagged(bytes);
  if (read.tag !== "v15") throw new Error(`this is ${read.tag}`);
  return read.value;
}

const realBytes = async (version: 14 | 15): Promise<Uint8Array> =>
  fromHex((await real(version).text()).trim());

const ours = await node();
const own = v15Of(ours.metadata(15)!);

/** What later runtimes have, and today's clients read of every chain (their sources name these). */
const LATER = [
  "storage SubtensorModule.SubnetEpochConsensus is missing",
  "storage SubtensorModule.CollateralLockShare is missing",
];

describe.skipIf(!here)("beside the real metadata of spec 424", () => {
  test("everything declared has the same index, hashers, types, paths, fields and defaults", async () => {
    const theirs = v15Of(await realBytes(15));
    expect(differences(own, theirs, { strictness: "exact", missing: true })).toEqual(LATER);
  });

  test("the comparison sees a default, an index, a hasher, a field, a type and a method that differ", async () => {
    const theirs = v15Of(await realBytes(15));
    const foundAfter = (change: (changed: V15) => void): string[] => {
      const changed = structuredClone(own);
      change(changed);
      const found = differences(changed, theirs, { strictness: "exact", missing: true });
      return found.filter((line) => !LATER.includes(line));
    };
    const pallet = ({ pallets }: V15) => pallets.find(({ name }) => name === "SubtensorModule")!;
    const item = (of: V15, wanted: string) => pallet(of).storage!.items.find(({ name }) => name === wanted)!;
    const tempo = "storage SubtensorModule.Tempo differs";
    expect(foundAfter((of) => (item(of, "Tempo").fallback = "0x0b00"))).toEqual([tempo]);
    expect(foundAfter((of) => (item(of, "Tempo").modifier = 0))).toEqual([tempo]);
    expect(foundAfter((of) => (item(of, "Tempo").type = item(of, "LiquidAlphaOn").type))).toEqual([tempo]);
    expect(foundAfter((of) => (pallet(of).index = 8))).toEqual(["the index of SubtensorModule differs"]);
    expect(foundAfter((of) => (of.apis[0]!.methods[0]!.output = of.extrinsic.extra))).toEqual([
      `runtime API ${own.apis[0]!.name}.${own.apis[0]!.methods[0]!.name} differs`,
    ]);
    const renamed = foundAfter((of) => {
      const calls = of.lookup[pallet(of).calls!]!.def;
      if (calls.tag === "variant")
        calls.value.find(({ name }) => name === "set_weights")!.fields[1]!.name = "uids";
    });
    expect(renamed).toContain("call SubtensorModule.set_weights differs");
  });

  for (const version of [14, 15] as const) {
    test(`a file of V${version} is served with the devnet's constants and what clients miss in it`, async () => {
      const served = await node({ metadata: await realBytes(version), blockTimeMs: 500 });
      const types = ChainTypes.read(served.metadata(15)!);
      expect(types.constant("Aura", "SlotDuration")).toBe(500n);
      expect(types.constant("Timestamp", "MinimumPeriod")).toBe(250n);
      expect(types.storage("SubtensorModule", "SubnetEpochConsensus").keys).toBe(1);
      expect(types.hasCall("Contracts", "call")).toBe(true);
      expect(types.hasApi("SubnetInfoRuntimeApi", "get_metagraph")).toBe(true);
      expect(types.storage("System", "Account").key("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY")).toBe(
        ChainTypes.read(ours.metadata(15)!)
          .storage("System", "Account")
          .key("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY"),
      );
      for (const each of served.metadataVersions) ChainTypes.read(served.metadata(each)!);
      expect(served.genesisHash).not.toBe(ours.genesisHash);
      expect(served.info().metadata).toStartWith("file 0x");
    });
  }
});

describe("a file", () => {
  const encoded = (value: V15): Uint8Array => encodeMetadata({ tag: "v15", value });

  test("of ours is served as it is, and has a genesis of its own only where it differs", async () => {
    const same = await node({ metadata: encoded(own) });
    expect(Buffer.compare(same.metadata(15)!, ours.metadata(15)!)).toBe(0);
    expect(same.genesisHash).toBe(ours.genesisHash);
    // V14 says nothing of runtime APIs: these are put in, with the types that they need.
    const v14 = v15Of((await node({ metadata: ours.metadata(14)! })).metadata(15)!);
    expect(differences(own, v14, { strictness: "exact", missing: true })).toEqual([]);
    expect(differences(v14, own, { strictness: "exact", missing: true })).toEqual([]);
  });

  test("that gives another layout to anything simulated is refused, and the first differences are named", async () => {
    const other = structuredClone(own);
    const tempo = other.pallets
      .find(({ name }) => name === "SubtensorModule")!
      .storage!.items.find(({ name }) => name === "Tempo")!;
    if (tempo.type.tag === "map") tempo.type.value.hashers = [{ tag: "Twox64Concat", value: undefined }];
    const failure = await node({ metadata: encoded(other) }).catch((error) => error);
    expect(failure).toMatchObject({
      code: "config",
      meta: { differences: 1, first: "storage SubtensorModule.Tempo differs" },
    });
  });

  test("that wraps a type without changing its bytes is served: netuids became a type of their own later", async () => {
    const other = structuredClone(own);
    const u16 = other.lookup.find(({ def }) => def.tag === "primitive" && def.value.tag === "u16")!.id;
    const id = other.lookup.length;
    const field = { name: undefined, type: u16, typeName: undefined, docs: [] };
    other.lookup.push({
      ...{ id, path: ["subtensor_runtime_common", "NetUid"], params: [], docs: [] },
      def: { tag: "composite", value: [field] },
    });
    for (const { storage } of other.pallets) {
      for (const { type } of storage?.items ?? []) {
        if (type.tag === "map" && type.value.key === u16) type.value.key = id;
      }
    }
    expect((await node({ metadata: encoded(other) })).info().metadata).toStartWith("file");
  });

  test("that is no metadata is refused with one line", async () => {
    for (const bytes of [new Uint8Array(), new Uint8Array(100).fill(7), ours.metadata(15)!.slice(0, 5_000)]) {
      const failure = await node({ metadata: bytes }).catch((error) => error);
      expect(failure).toMatchObject({ code: "config", message: "the file is no metadata" });
    }
  });
});

describe("polkadot-api's decoder", () => {
  test("reads every version back to the bytes it was given", () => {
    for (const version of ours.metadataVersions) {
      const bytes = ours.metadata(version)!;
      const read = tagged(bytes);
      expect(read.tag).toBe(`v${version}` as "v15");
      expect(Buffer.compare(metadata.enc(decAnyMetadata(bytes)), bytes)).toBe(0);
    }
  });

  test("finds the same in all versions", () => {
    const v16 = tagged(ours.metadata(16)!);
    if (v16.tag !== "v16") throw new Error("not V16");
    expect(differences(fromV16(v16.value), own, { strictness: "exact", missing: true })).toEqual([]);
    const v14 = tagged(ours.metadata(14)!);
    expect(v14).toEqual({ tag: "v14", value: toV14(own) } as typeof v14);
    const [a, b, c] = ours.metadataVersions.map(
      (version) => ChainTypes.read(ours.metadata(version)!).extensions,
    );
    expect([a, b]).toEqual([c, c]);
  });

  test("has a codec for every storage item, and reads every default", () => {
    const types = ChainTypes.read(ours.metadata(15)!);
    let items = 0;
    for (const { name: pallet, storage } of own.pallets) {
      for (const { name, modifier, fallback } of storage?.items ?? []) {
        const codec = types.storage(pallet, name);
        if (modifier === 0) expect(codec.decode(undefined)).toBeUndefined();
        else
          expect(Buffer.from(codec.encode(codec.decode(undefined))).toString("hex")).toBe(fallback.slice(2));
        items++;
      }
    }
    expect(items).toBeGreaterThan(200);
  });

  test("reads every value that a devnet stores, and writes it back as it was", async () => {
    const subnet = {
      ...{ netuid: 1, owner: "//Alice", tempo: 5 },
      neurons: [
        { hotkey: "//Val/hot", coldkey: "//Val", stakeTao: 1_000, weights: { "1": 65_535 } },
        { hotkey: "//Miner/hot", coldkey: "//Miner", axon: { ip: "10.0.0.1", port: 8_091 } },
      ],
    };
    const options = { clock: new VirtualClock(), log: silentLogger, blockTimeMs: "manual" as const };
    const { node: busy } = await openDevnet({ ...options, genesis: { subnets: [subnet] } });
    await busy.advance(12);
    const types = ChainTypes.read(busy.metadata(15)!);
    const read = new Set<string>();
    for (const { name: pallet, storage } of own.pallets) {
      for (const { name } of storage?.items ?? []) {
        const codec = types.storage(pallet, name);
        for (const key of busy.keys(codec.prefix, { count: 1_000 })) {
          expect(codec.keysOf(key).length).toBe(codec.keys);
          expect(codec.key(...codec.keysOf(key))).toBe(key);
          const stored = busy.storage(key)!;
          expect(Buffer.from(codec.encode(codec.decode(stored))).toString("hex")).toBe(
            Buffer.from(stored).toString("hex"),
          );
          read.add(key);
        }
      }
    }
    // Nothing is stored but what is declared, save the devnet's own switches.
    const undeclared = busy.keys("0x", { count: 100_000 }).filter((key) => !read.has(key));
    expect(undeclared.length).toBeLessThanOrEqual(2);
    expect(read.size).toBeGreaterThan(50);
  });
});
