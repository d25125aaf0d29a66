/** Metadata of the devnet, from what its pallets declare. V15 is put together; V14 and V16 follow from it. */
import { type CodecType, metadata, type v14, type v15, type v16 } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import { toHex } from "../../scale/hex.ts";
import { type AnyStorageItem, encode, type Pallet, type RuntimeApi, type Type } from "../declare/index.ts";
import type { Shape } from "../declare/shape.ts";
import { extrinsicShapes, SIGNED_EXTENSIONS } from "./extrinsic-types.ts";
import { callTypeOf, errorShapeOf, type OuterTypes } from "./outer-types.ts";
import { TypeRegistry } from "./type-registry.ts";

export type V14 = CodecType<typeof v14>;
export type V15 = CodecType<typeof v15>;
export type V16 = CodecType<typeof v16>;

export interface Declared {
  readonly pallets: readonly Pallet[];
  readonly apis: readonly RuntimeApi[];
  readonly outer: OuterTypes;
}

export function assembleV15({ pallets, apis, outer }: Declared): V15 {
  const types = new TypeRegistry();
  const id = (shape: Shape): number => types.idOf(shape);
  const optional = (shape: Shape | undefined): number | undefined =>
    shape === undefined ? undefined : id(shape);
  const extrinsic = extrinsicShapes(outer.call);
  // V14 finds the extrinsic's types below this one, so it must be in the table.
  id(extrinsic.extrinsic.shape);
  return {
    pallets: pallets.map((pallet) => ({
      name: pallet.name,
      index: pallet.index,
      storage:
        pallet.storage.length === 0
          ? undefined
          : { prefix: pallet.name, items: pallet.storage.map((item) => storageEntry(item, id)) },
      calls: optional(callTypeOf(pallet)?.shape),
      events: optional(pallet.events?.type.shape),
      errors: optional(errorShapeOf(pallet)),
      constants: pallet.constants.map((constant) => ({
        name: constant.name,
        type: id(constant.shape),
        value: toHex(constant.encoded()),
        docs: [],
      })),
      docs: [],
    })),
    extrinsic: {
      version: 4,
      address: id(extrinsic.address),
      call: id(outer.call.shape),
      signature: id(extrinsic.signature),
      extra: id(extrinsic.extra),
      signedExtensions: SIGNED_EXTENSIONS.map(({ name, carried, implied }) => ({
        identifier: name,
        type: id(carried.shape),
        additionalSigned: id(implied.shape),
      })),
    },
    type: id(extrinsic.runtime),
    apis: apis.map(({ name, methods }) => ({
      name,
      methods: methods.map((method) => ({
        name: method.name,
        inputs: method.inputs.map((input) => ({ name: input.name, type: id(input.shape) })),
        output: id(method.output),
        docs: [],
      })),
      docs: [],
    })),
    outerEnums: { call: id(outer.call.shape), event: id(outer.event.shape), error: id(outer.error) },
    custom: [],
    lookup: types.lookup(),
  };
}

function storageEntry(item: AnyStorageItem, id: (shape: Shape) => number) {
  const { name, parts, value, fallback, optional } = item;
  const keys = parts.map(({ type }) => type.shape);
  return {
    name,
    modifier: optional ? 0 : 1,
    type:
      parts.length === 0
        ? { tag: "plain" as const, value: id(value.shape) }
        : {
            tag: "map" as const,
            value: {
              hashers: parts.map(({ hasher }) => ({ tag: hasher, value: undefined })),
              key: id(keys.length === 1 ? keys[0]! : { kind: "tuple", of: keys }),
              value: id(value.shape),
            },
          },
    fallback: optional ? "0x00" : toHex(encode(value as Type<unknown>, fallback as never)),
    docs: [],
  };
}

/** V14 has no runtime APIs and finds the extrinsic's types by the parameters of its type. */
export function toV14(from: V15): V14 {
  const extrinsic = from.lookup.find(
    ({ path, params }) =>
      path.at(-1) === "UncheckedExtrinsic" &&
      params.some(({ name }) => name === "Extension" || name === "Extra"),
  );
  if (extrinsic === undefined) throw new Failure("malformed", "the metadata has no UncheckedExtrinsic");
  return {
    lookup: from.lookup,
    pallets: from.pallets.map((pallet) => ({ ...pallet, docs: [] })),
    extrinsic: {
      type: extrinsic.id,
      version: from.extrinsic.version,
      signedExtensions: from.extrinsic.signedExtensions,
    },
    type: from.type,
    apis: [],
  };
}

const NOT_DEPRECATED = { tag: "NotDeprecated", value: undefined } as const;

/** V16 adds deprecations, of which there are none, and versions of runtime APIs, which V15 does not tell. */
export function toV16(from: V15, apiVersion: (name: string) => number): V16 {
  const reference = (type: number | undefined) =>
    type === undefined ? undefined : { type, deprecationInfo: [] };
  const item = <T>(value: T) => ({ ...value, deprecationInfo: NOT_DEPRECATED });
  const { extra: _, version, signedExtensions, ...extrinsic } = from.extrinsic;
  return {
    lookup: from.lookup,
    pallets: from.pallets.map((pallet) => ({
      ...item(pallet),
      storage: pallet.storage && { prefix: pallet.storage.prefix, items: pallet.storage.items.map(item) },
      calls: reference(pallet.calls),
      events: reference(pallet.events),
      errors: reference(pallet.errors),
      constants: pallet.constants.map(item),
      associatedTypes: [],
      viewFns: [],
    })),
    extrinsic: {
      ...extrinsic,
      version: [version],
      signedExtensionsByVersion: [[0, signedExtensions.map((_, index) => index)]],
      signedExtensions,
    },
    apis: from.apis.map((api) => ({
      ...item(api),
      methods: api.methods.map(item),
      version: apiVersion(api.name),
    })),
    outerEnums: from.outerEnums,
    custom: from.custom,
  };
}

/** V15 from V16: what V15 does not know is dropped. */
export function fromV16(from: V16): V15 {
  const extrinsic = from.lookup.find(({ path }) => path.at(-1) === "UncheckedExtrinsic");
  const extra = extrinsic?.params.find(({ name }) => name === "Extension" || name === "Extra")?.type;
  const runtime = from.lookup.find(({ path }) => path.length === 2 && path[1] === "Runtime")?.id;
  if (extra === undefined || runtime === undefined) {
    throw new Failure("malformed", "the metadata names no extrinsic and runtime");
  }
  const { signedExtensionsByVersion: _, version: __, ...rest } = from.extrinsic;
  return {
    lookup: from.lookup,
    pallets: from.pallets.map((pallet) => ({
      ...pallet,
      calls: pallet.calls?.type,
      events: pallet.events?.type,
      errors: pallet.errors?.type,
    })),
    extrinsic: { ...rest, version: 4, extra },
    type: runtime,
    apis: from.apis,
    outerEnums: from.outerEnums,
    custom: from.custom,
  };
}

const MAGIC = 0x6174_656d;

type Tagged = { tag: "v14"; value: V14 } | { tag: "v15"; value: V15 } | { tag: "v16"; value: V16 };

/** The bytes that clients read: `meta`, the version, the rest. */
export const encodeMetadata = (tagged: Tagged): Uint8Array =>
  metadata.enc({ magicNumber: MAGIC, metadata: tagged } as CodecType<typeof metadata>);
