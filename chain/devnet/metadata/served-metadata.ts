/** The metadata that a devnet serves: its own, or a file's with the devnet's constants put in. */
import { type CodecType, decAnyMetadata, type metadata } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import { blake2b256 } from "../../scale/hash.ts";
import { type Hex, toHex } from "../../scale/hex.ts";
import { assembleV15, type Declared, encodeMetadata, fromV16, toV14, toV16, type V15 } from "./assemble.ts";
import { differences } from "./compare.ts";
import { fromV14, graft } from "./graft.ts";

export interface ServedMetadata {
  /** Encoded with the magic, or undefined for another version than 14 to 16. */
  bytes(version: number): Uint8Array | undefined;
  /** BLAKE2b-256 of the V15 bytes: the genesis hash depends on it, since clients cache metadata by genesis. */
  readonly digest: Hex;
  /** `ours`, or `file` and the digest of what was given. */
  readonly source: string;
  /** Names of a call by its indices, simulated or not. */
  callName(pallet: number, call: number): string | undefined;
}

/**
 * The metadata of what is declared, or of `file` (V14 to V16 with the magic). Fails with `config` when the file is no
 * metadata, or says of anything simulated that it has other bytes.
 */
export function serveMetadata(declared: Declared, file?: Uint8Array): ServedMetadata {
  const ours = assembleV15(declared);
  const v15 = file === undefined ? ours : graft(ours, checked(ours, readV15(ours, file)));
  const versions = new Map(declared.apis.map(({ name, version }) => [name, version]));
  const bytes = encodeMetadata({ tag: "v15", value: v15 });
  const encoded = new Map([
    [14, once(() => encodeMetadata({ tag: "v14", value: toV14(v15) }))],
    [15, () => bytes],
    [16, once(() => encodeMetadata({ tag: "v16", value: toV16(v15, (name) => versions.get(name) ?? 1) }))],
  ]);
  return {
    bytes: (version) => encoded.get(version)?.(),
    digest: toHex(blake2b256(bytes)),
    source: file === undefined ? "ours" : `file ${toHex(blake2b256(file))}`,
    callName: (pallet, call) => callNameIn(v15, pallet, call),
  };
}

function readV15(ours: V15, file: Uint8Array): V15 {
  let tagged: CodecType<typeof metadata>["metadata"];
  try {
    tagged = decAnyMetadata(new Uint8Array(file)).metadata;
  } catch (cause) {
    throw notServable("the file is no metadata", cause);
  }
  if (tagged.tag === "v15") return tagged.value;
  if (tagged.tag === "v16") return fromV16(tagged.value);
  if (tagged.tag === "v14") return fromV14(ours, tagged.value);
  throw notServable(`the file is metadata ${tagged.tag.toUpperCase()}`);
}

const notServable = (message: string, cause?: unknown): Failure =>
  new Failure("config", message, {
    hint: "Give --metadata a file of V14, V15 or V16, as hex or bytes, or leave it out to serve the devnet's own.",
    cause,
  });

function checked(ours: V15, theirs: V15): V15 {
  const found = differences(ours, theirs, { strictness: "layout", missing: false });
  if (found.length === 0) return theirs;
  throw new Failure("config", "the metadata describes another runtime than the devnet simulates", {
    meta: { differences: found.length, first: found.slice(0, 3).join("; ") },
    hint: "Serve metadata of spec 424, or leave --metadata out.",
  });
}

function callNameIn({ pallets, lookup }: V15, palletIndex: number, callIndex: number): string | undefined {
  const pallet = pallets.find(({ index }) => index === palletIndex);
  const def = pallet?.calls === undefined ? undefined : lookup[pallet.calls]?.def;
  const call = def?.tag === "variant" ? def.value.find(({ index }) => index === callIndex) : undefined;
  return pallet === undefined || call === undefined ? undefined : `${pallet.name}.${call.name}`;
}

/** Metadata takes a while to encode: only what somebody asks for, and that once. */
function once<T>(make: () => T): () => T {
  let made: T | undefined;
  return () => (made ??= make());
}
