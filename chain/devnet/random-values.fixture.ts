/** Random SCALE bytes of a type, by its shape: mostly what means something on the chain, sometimes the ends of a range. */
import { compact } from "@polkadot-api/substrate-bindings";
import fc from "fast-check";
import { fromHex } from "../scale/hex.ts";
import type { AccountId } from "./declare/index.ts";
import type { Field, Primitive, Shape } from "./declare/shape.ts";

const NONE = new Uint8Array();
const MAX_ITEMS = 4;

export class RandomValues {
  readonly #account: fc.Arbitrary<Uint8Array>;

  /** `accounts` are what 32 bytes mostly are. */
  constructor(accounts: readonly AccountId[]) {
    const known = fc.constantFrom(...accounts.map((account) => fromHex(account)));
    this.#account = fc.oneof(
      { weight: 9, arbitrary: known },
      { weight: 1, arbitrary: fc.uint8Array({ minLength: 32, maxLength: 32 }) },
    );
  }

  /** Any call, each as likely as any other. */
  call(shape: Shape): fc.Arbitrary<Uint8Array> {
    const pallets = shape.kind === "late" ? shape.resolve() : shape;
    if (pallets.kind !== "variant") throw new Error("calls are an enum");
    const calls = pallets.variants.flatMap(({ index: pallet, fields: [inside] }) =>
      inside?.shape.kind === "variant" ? inside.shape.variants.map((call) => ({ pallet, call })) : [],
    );
    return fc
      .constantFrom(...calls)
      .chain(({ pallet, call }) =>
        this.#fields(call.fields, 2).map((args) => joined([Uint8Array.of(pallet, call.index), args])),
      );
  }

  /** Calls inside calls go `depth` deep. */
  of(shape: Shape, depth = 2): fc.Arbitrary<Uint8Array> {
    switch (shape.kind) {
      case "primitive":
        return ofPrimitive(shape.primitive);
      case "compact":
        return shape.of.kind === "primitive"
          ? wholeNumber(WIDTHS[shape.of.primitive] ?? 16).map((value) => compact.enc(value))
          : // Compact<()>, as in MultiAddress::Index, takes no bytes.
            fc.constant(NONE);
      case "sequence":
        return fc
          .array(this.of(shape.of, depth), { maxLength: MAX_ITEMS })
          .map((items) => joined([compact.enc(items.length), ...items]));
      case "array":
        if (shape.length === 32) return this.#account;
        return fc
          .array(this.of(shape.of, depth), { minLength: shape.length, maxLength: shape.length })
          .map(joined);
      case "tuple":
        return this.#all(shape.of.map((part) => this.of(part, depth)));
      case "composite":
        return this.#fields(shape.fields, depth);
      case "variant":
        return this.#variant(shape, depth);
      case "late":
        // Pallet 0, call 0: a remark without a word.
        if (depth === 0) return fc.constant(Uint8Array.of(0, 0, 0));
        return fc.constant(NONE).chain(() => this.of(shape.resolve(), depth - 1));
    }
  }

  #variant({ variants }: Extract<Shape, { kind: "variant" }>, depth: number): fc.Arbitrary<Uint8Array> {
    if (variants.length === 0) return fc.constant(NONE);
    return fc
      .constantFrom(...variants)
      .chain(({ index, fields }) =>
        this.#fields(fields, depth).map((payload) => joined([Uint8Array.of(index), payload])),
      );
  }

  #fields(fields: readonly Field[], depth: number): fc.Arbitrary<Uint8Array> {
    return this.#all(
      fields.map(({ name, shape }) => {
        const any = this.of(shape, depth);
        if (name !== "netuid" || shape.kind !== "primitive") return any;
        return fc.oneof(
          { weight: 9, arbitrary: fc.constant(Uint8Array.of(1, 0)) },
          { weight: 1, arbitrary: any },
        );
      }),
    );
  }

  #all(parts: readonly fc.Arbitrary<Uint8Array>[]): fc.Arbitrary<Uint8Array> {
    return parts.length === 0 ? fc.constant(NONE) : fc.tuple(...parts).map(joined);
  }
}

const joined = (parts: readonly Uint8Array[]): Uint8Array => new Uint8Array(Buffer.concat(parts));

const WIDTHS: Partial<Record<Primitive, number>> = {
  ...{ u8: 8, u16: 16, u32: 32, u64: 64, u128: 128 },
  ...{ i8: 8, i16: 16, i32: 32, i64: 64, i128: 128 },
};

const wholeNumber = (bits: number): fc.Arbitrary<bigint> => {
  const most = (1n << BigInt(bits)) - 1n;
  const below = (bound: bigint) => fc.bigInt({ min: 0n, max: bound < most ? bound : most });
  return fc.oneof(
    { weight: 6, arbitrary: below(4n) },
    { weight: 2, arbitrary: below(2_000n) },
    { weight: 3, arbitrary: below(1_000_000_000_000n) },
    { weight: 1, arbitrary: below(most) },
    { weight: 1, arbitrary: fc.constant(most) },
  );
};

function ofPrimitive(primitive: Primitive): fc.Arbitrary<Uint8Array> {
  if (primitive === "bool") return fc.boolean().map((value) => Uint8Array.of(value ? 1 : 0));
  const bits = WIDTHS[primitive];
  if (bits === undefined) return fc.constant(compact.enc(0));
  return wholeNumber(bits).map((value) => {
    const bytes = new Uint8Array(bits / 8);
    for (let at = 0; at < bytes.length; at++) bytes[at] = Number((value >> BigInt(8 * at)) & 255n);
    return bytes;
  });
}
