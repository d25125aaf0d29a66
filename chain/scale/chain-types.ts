/**
 * What a chain's own metadata says: whether it has a call, a storage item, a runtime API, and codecs for each. Nothing about
 * the chain is typed by hand, so that a new runtime needs no new release. Values are polkadot-api's: accounts are SS58, `[u8; n]` is
 * hex, `Vec<u8>` a Uint8Array, enums `{ type, value }`, integers beyond 32 bits bigints.
 */
import { getDynamicBuilder, getLookupFn, type MetadataLookup } from "@polkadot-api/metadata-builders";
import {
  type Codec,
  decAnyMetadata,
  type UnifiedMetadata,
  unifyMetadata,
} from "@polkadot-api/substrate-bindings";
import { Failure } from "../../protocol/failure.ts";
import { concat } from "./concat.ts";
import { decodeAll, decodeFront } from "./decode.ts";
import { fromHex, type Hex, toHex } from "./hex.ts";
import { hashedKey, hashWidth, itemPrefix } from "./storage-key.ts";

export interface StorageCodec {
  readonly prefix: Hex;
  /** Number of keys. */
  readonly keys: number;
  /** The key of an entry, or with fewer keys the prefix of many. */
  key(...keys: readonly unknown[]): Hex;
  /** The keys of an entry; fails with `malformed` for keys that are hashed beyond reading. */
  keysOf(key: Hex): unknown[];
  /** The value, or the chain's default where nothing is stored (undefined for an optional item). */
  decode(bytes: Uint8Array | undefined): unknown;
  encode(value: unknown): Uint8Array;
}

export interface ApiCodec {
  encode(...args: readonly unknown[]): Uint8Array;
  decode(bytes: Uint8Array): unknown;
}

export class ChainTypes {
  readonly metadata: UnifiedMetadata;
  readonly lookup: MetadataLookup;
  readonly #builder: ReturnType<typeof getDynamicBuilder>;
  readonly #storage = new Map<string, StorageCodec>();
  readonly #apis = new Map<string, ApiCodec>();

  private constructor(metadata: UnifiedMetadata) {
    this.metadata = metadata;
    this.lookup = getLookupFn(metadata);
    this.#builder = getDynamicBuilder(this.lookup);
  }

  /** Reads metadata V14 to V16, as bytes with the magic. Fails with `malformed`. */
  static read(bytes: Uint8Array): ChainTypes {
    try {
      return new ChainTypes(unifyMetadata(decAnyMetadata(new Uint8Array(bytes))));
    } catch (error) {
      throw new Failure("malformed", "this is no metadata of version 14 to 16", {
        meta: { bytes: bytes.length },
        cause: error,
      });
    }
  }

  /** Signed extensions in order, those of version 4 extrinsics. */
  get extensions(): string[] {
    const { extensionsByVersion } = this.metadata.extrinsic;
    return (extensionsByVersion[4] ?? Object.values(extensionsByVersion)[0] ?? []).map(
      ({ identifier }) => identifier,
    );
  }

  hasStorage(pallet: string, item: string): boolean {
    return this.#pallet(pallet)?.storage?.items.some(({ name }) => name === item) ?? false;
  }

  hasCall(pallet: string, call: string): boolean {
    return this.#variants(pallet, "calls").includes(call);
  }

  hasApi(api: string, method: string): boolean {
    return (
      this.metadata.apis.find(({ name }) => name === api)?.methods.some(({ name }) => name === method) ??
      false
    );
  }

  hasConstant(pallet: string, constant: string): boolean {
    return this.#pallet(pallet)?.constants.some(({ name }) => name === constant) ?? false;
  }

  storage(pallet: string, item: string): StorageCodec {
    const known = this.#storage.get(`${pallet}.${item}`);
    if (known !== undefined) return known;
    if (!this.hasStorage(pallet, item)) throw absent("storage item", pallet, item);
    const made = this.#makeStorage(pallet, item);
    this.#storage.set(`${pallet}.${item}`, made);
    return made;
  }

  api(api: string, method: string): ApiCodec {
    const known = this.#apis.get(`${api}_${method}`);
    if (known !== undefined) return known;
    if (!this.hasApi(api, method)) throw absent("runtime API", api, method);
    const { args, value } = this.#builder.buildRuntimeCall(api, method);
    const made: ApiCodec = {
      encode: (...values) => args.enc([...values]),
      decode: (bytes) => decodeAll(value, bytes),
    };
    this.#apis.set(`${api}_${method}`, made);
    return made;
  }

  /** SCALE of a call with named arguments: pallet index, call index, arguments. Fails with `malformed`. */
  call(pallet: string, call: string, args: unknown): Uint8Array {
    if (!this.hasCall(pallet, call)) throw absent("call", pallet, call);
    const { location, codec } = this.#builder.buildCall(pallet, call);
    try {
      return concat([Uint8Array.from(location), codec.enc(args)]);
    } catch (error) {
      throw new Failure("malformed", `these are no arguments of ${pallet}.${call}`, { cause: error });
    }
  }

  constant(pallet: string, constant: string): unknown {
    const found = this.#pallet(pallet)?.constants.find(({ name }) => name === constant);
    if (found === undefined) throw absent("constant", pallet, constant);
    return this.#builder.buildConstant(pallet, constant).dec(found.value);
  }

  /** The codec of a type by its number in the metadata. */
  type(id: number): Codec<unknown> {
    return this.#builder.buildDefinition(id);
  }

  /** The name of a module's error from `DispatchError.Module`, such as `SubtensorModule.SettingWeightsTooFast`. */
  errorName({ index, error }: { index: number; error: Hex }): { pallet: string; name: string } {
    const pallet = this.metadata.pallets.find((candidate) => candidate.index === index);
    const number = fromHex(error)[0];
    const type = pallet?.errors === undefined ? undefined : this.lookup(pallet.errors.type);
    const variants = type?.type === "enum" ? Object.entries(type.value) : [];
    const name = variants.find(([, { idx }]) => idx === number)?.[0];
    return { pallet: pallet?.name ?? `pallet ${index}`, name: name ?? `error ${number}` };
  }

  #pallet(name: string): UnifiedMetadata["pallets"][number] | undefined {
    return this.metadata.pallets.find((pallet) => pallet.name === name);
  }

  #variants(pallet: string, kind: "calls" | "events" | "errors"): string[] {
    const entry = this.#pallet(pallet)?.[kind];
    const type = entry === undefined ? undefined : this.lookup(entry.type);
    return type?.type === "enum" ? Object.keys(type.value) : [];
  }

  #makeStorage(pallet: string, item: string): StorageCodec {
    const { value, fallback } = this.#builder.buildStorage(pallet, item);
    const storage = this.#pallet(pallet)!.storage!;
    const { type } = storage.items.find(({ name }) => name === item)!;
    const codecs = this.#keyTypes(type).map((id) => this.type(id));
    const hashers = type.tag === "map" ? type.value.hashers.map(({ tag }) => tag) : [];
    const prefix = itemPrefix(storage.prefix, item);
    return {
      prefix,
      keys: codecs.length,
      key(...given) {
        if (given.length > codecs.length) {
          throw new Failure("malformed", `${pallet}.${item} has ${codecs.length} keys`);
        }
        const parts = given.map((key, i) => hashedKey(hashers[i]!, codecs[i]!.enc(key)));
        return toHex(concat([fromHex(prefix), ...parts]));
      },
      keysOf(key) {
        let rest = fromHex(key.slice(prefix.length));
        return codecs.map((codec, i) => {
          const front = decodeFront(codec, rest.slice(hashWidth(hashers[i]!)));
          rest = front.rest;
          return front.value;
        });
      },
      decode: (bytes) => (bytes === undefined ? fallback : decodeAll(value, bytes)),
      encode: (decoded) => value.enc(decoded),
    };
  }

  #keyTypes(
    type: NonNullable<UnifiedMetadata["pallets"][number]["storage"]>["items"][number]["type"],
  ): number[] {
    if (type.tag === "plain") return [];
    if (type.value.hashers.length === 1) return [type.value.key];
    const key = this.lookup(type.value.key);
    if (key.type === "tuple") return key.value.map(({ id }) => id);
    if (key.type === "array") return Array.from({ length: key.len }, () => key.value.id);
    throw new Failure("malformed", "a map's keys are no tuple");
  }
}

const absent = (what: string, group: string, name: string): Failure =>
  new Failure("not-found", `the chain has no ${what} ${group}.${name}`, {
    hint: "Its metadata was asked: this runtime does without.",
  });
