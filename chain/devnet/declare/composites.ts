/** Types with a Rust path: structs, wrappers and enums. */
import { type Codec, createCodec, createDecoder, Struct } from "@polkadot-api/substrate-bindings";
import { Failure } from "../../../protocol/failure.ts";
import { concat } from "../../scale/concat.ts";
import { tupleOf, unit } from "./collections.ts";
import { type FixedWidth, fixedCodec } from "./fixed-codec.ts";
import { fixedStruct } from "./fixed-parts.ts";
import { u8 } from "./numbers.ts";
import type { Field, Shape, TypeParameter, VariantShape } from "./shape.ts";
import type { AnyType, Type, TypeOf } from "./type.ts";

export type Fields = Readonly<Record<string, AnyType>>;
export type ValueOf<F extends Fields> = { -readonly [Key in keyof F]: TypeOf<F[Key]> };

interface Generic {
  /** Type parameters as metadata names them; one without a type has none there. */
  readonly parameters?: Readonly<Record<string, AnyType | undefined>>;
}

/** A struct with named fields: `struct("pallet_subtensor::pallet::AxonInfo", { block: u64, … })`. */
export function struct<const F extends Fields>(
  path: string,
  fields: F,
  generic: Generic = {},
): Type<ValueOf<F>> {
  const fixed = fixedStruct(
    fields as Readonly<Record<string, Partial<Type<unknown>>>>,
  ) as FixedWidth<unknown> as FixedWidth<ValueOf<F>> | undefined;
  return {
    codec: fixed === undefined ? structCodec(fields) : fixedCodec(fixed),
    shape: { kind: "composite", ...named(path, generic), fields: namedFields(fields) },
    fixed,
  };
}

/** A struct around one unnamed field, such as `BoundedVec(Vec<T>)`: its values are those of the field. */
export function wrapper<T>(path: string, type: Type<T>, generic: Generic = {}): Type<T> {
  return {
    codec: type.codec,
    shape: { kind: "composite", ...named(path, generic), fields: [{ shape: type.shape }] },
    fixed: type.fixed,
  };
}

/** One variant of an enum: its index, then nothing, unnamed fields, or named ones. */
export type VariantSpec = readonly [index: number, ...fields: readonly AnyType[]] | readonly [number, Fields];

type Payload<S> = S extends readonly [number]
  ? undefined
  : S extends readonly [number, infer Only]
    ? Only extends AnyType
      ? TypeOf<Only>
      : Only extends Fields
        ? ValueOf<Only>
        : never
    : S extends readonly [number, ...infer Rest]
      ? { -readonly [Key in keyof Rest]: TypeOf<Rest[Key]> }
      : never;

/** What a variant carries: undefined, the one field, a tuple of unnamed fields, or an object of named ones. */
export type PayloadOf<V, Name extends keyof V> = Payload<V[Name]>;

/** Values of an enum: `{ type: "Raw", value }`. */
export type Tagged<V> = { [Name in keyof V & string]: { type: Name; value: Payload<V[Name]> } }[keyof V &
  string];

/** An enum: `variant("sp_runtime::ArithmeticError", { Underflow: [0], … })`. */
export function variant<const V extends Readonly<Record<string, VariantSpec>>>(
  path: string,
  variants: V,
  generic: Generic = {},
): Type<Tagged<V>> {
  const shapes: VariantShape[] = [];
  const codecs = new Map<string, { index: number; codec: Codec<unknown> }>();
  for (const [name, [index, ...fields]] of Object.entries<VariantSpec>(variants)) {
    const { codec, shape } = payload(fields as readonly (AnyType | Fields)[]);
    shapes.push({ name, index, fields: shape });
    codecs.set(name, { index, codec });
  }
  return {
    codec: taggedCodec(path, codecs) as Codec<unknown> as Codec<Tagged<V>>,
    shape: { kind: "variant", ...named(path, generic), variants: shapes },
  };
}

function payload(fields: readonly (AnyType | Fields)[]): { codec: Codec<unknown>; shape: Field[] } {
  const [first] = fields;
  if (first === undefined) return { codec: unit.codec as Codec<unknown>, shape: [] };
  if (!isType(first)) return { codec: structCodec(first) as Codec<unknown>, shape: namedFields(first) };
  const types = fields as readonly Type<unknown>[];
  return {
    codec: types.length === 1 ? types[0]!.codec : (tupleOf(types).codec as Codec<unknown>),
    shape: types.map(({ shape }) => ({ shape })),
  };
}

/** An enum whose variants are known by name and index. */
export function taggedCodec(
  path: string,
  variants: ReadonlyMap<string, { index: number; codec: Codec<unknown> }>,
): Codec<{ type: string; value: unknown }> {
  const byIndex = new Map([...variants].map(([name, { index, codec }]) => [index, { name, codec }]));
  return createCodec(
    ({ type, value }) => {
      const found = variants.get(type);
      if (found === undefined) throw new Failure("defect", "no such variant", { meta: { path, type } });
      return concat([Uint8Array.of(found.index), found.codec.enc(value)]);
    },
    createDecoder((cursor) => {
      const index = u8.codec.dec(cursor);
      const found = byIndex.get(index);
      if (found === undefined) throw new Failure("malformed", "no such variant", { meta: { path, index } });
      return { type: found.name, value: found.codec.dec(cursor) };
    }),
  );
}

function structCodec<const F extends Fields>(fields: F): Codec<ValueOf<F>> {
  const codecs = Object.fromEntries(Object.entries(fields).map(([name, type]) => [name, type.codec]));
  return Struct(codecs as Parameters<typeof Struct>[0]) as unknown as Codec<ValueOf<F>>;
}

const namedFields = (fields: Fields): Field[] =>
  Object.entries(fields).map(([name, { shape }]) => ({ name, shape }));

const isType = (value: AnyType | Fields): value is AnyType => "codec" in value && "shape" in value;

export const named = (path: string, { parameters = {} }: Generic) => ({
  path: path === "" ? [] : path.split("::"),
  parameters: Object.entries(parameters).map(([name, type]): TypeParameter => ({ name, shape: type?.shape })),
});

export interface Late<T> extends Type<T> {
  resolve(type: Type<T>): void;
}

/** A type that is put together later, such as the runtime's call, which contains itself. Nested at most 64 deep. */
export function late<T>(): Late<T> {
  let resolved: Type<T> | undefined;
  let depth = 0;
  const now = (): Type<T> => {
    if (resolved === undefined) throw new Failure("defect", "a late type was never resolved");
    return resolved;
  };
  const nested = <R>(work: () => R): R => {
    if (depth >= MAX_DEPTH) throw new Failure("too-large", `nested deeper than ${MAX_DEPTH}`);
    depth++;
    try {
      return work();
    } finally {
      depth--;
    }
  };
  const shape: Shape = { kind: "late", resolve: () => now().shape };
  return {
    codec: createCodec(
      (value) => nested(() => now().codec.enc(value)),
      createDecoder((cursor) => nested(() => now().codec.dec(cursor))),
    ),
    shape,
    resolve(type) {
      resolved = type;
    },
  };
}

const MAX_DEPTH = 64;
