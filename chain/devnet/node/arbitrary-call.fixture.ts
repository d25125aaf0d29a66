/** Calls with random arguments of the right types, leaning towards accounts, netuids and amounts that exist. */
import fc from "fast-check";
import type { AnyCall, Pallet, RuntimeCall } from "../declare/index.ts";
import type { Field, Shape } from "../declare/shape.ts";

const MAX_NESTING = 3;

/** Any simulated call of these pallets; `accounts` are hex. */
export function arbitraryCall(
  pallets: readonly Pallet[],
  accounts: readonly string[],
): fc.Arbitrary<RuntimeCall> {
  const simulated = pallets.flatMap(({ name, calls }) =>
    (calls?.calls ?? []).flatMap((call) => (call.run === undefined ? [] : [{ pallet: name, call }])),
  );
  const callAt = (depth: number): fc.Arbitrary<RuntimeCall> =>
    fc
      .constantFrom(...simulated)
      .chain(({ pallet, call }: { pallet: string; call: AnyCall }) =>
        values(call.args.shape, depth).map((value) => ({ type: pallet, value: { type: call.name, value } })),
      );
  const values = (shape: Shape, depth: number): fc.Arbitrary<unknown> => {
    switch (shape.kind) {
      case "late":
        return depth >= MAX_NESTING ? fc.constant(REMARK) : callAt(depth + 1);
      case "primitive":
        return PRIMITIVES[shape.primitive];
      case "compact":
        return values(shape.of, depth);
      case "sequence":
        if (isByte(shape.of)) return fc.uint8Array({ maxLength: 80 });
        return fc.array(values(shape.of, depth), { maxLength: 4 });
      case "array":
        if (!isByte(shape.of))
          return fc.array(values(shape.of, depth), { minLength: shape.length, maxLength: shape.length });
        return fc
          .uint8Array({ minLength: shape.length, maxLength: shape.length })
          .map((bytes) => `0x${Buffer.from(bytes).toString("hex")}`);
      case "tuple":
        return shape.of.length === 0
          ? fc.constant(undefined)
          : fc.tuple(...shape.of.map((part) => values(part, depth)));
      case "composite":
        if (shape.path.at(-1) === "AccountId32") return fc.constantFrom(...accounts);
        return fieldsOf(shape.fields, depth);
      case "variant":
        if (shape.path[0] === "Option") {
          return fc.option(values(shape.variants[1]!.fields[0]!.shape, depth), { nil: undefined });
        }
        return fc
          .constantFrom(...shape.variants)
          .chain(({ name, fields }) => fieldsOf(fields, depth).map((value) => ({ type: name, value })));
    }
  };
  const fieldsOf = (fields: readonly Field[], depth: number): fc.Arbitrary<unknown> => {
    if (fields.length === 0) return fc.constant(undefined);
    if (fields[0]!.name !== undefined) {
      return fc.record(Object.fromEntries(fields.map(({ name, shape }) => [name, values(shape, depth)])));
    }
    const parts = fields.map(({ shape }) => values(shape, depth));
    return parts.length === 1 ? parts[0]! : fc.tuple(...parts);
  };
  return callAt(0);
}

const REMARK: RuntimeCall = {
  type: "System",
  value: { type: "remark", value: { remark: new Uint8Array() } },
};

const isByte = (shape: Shape): boolean => shape.kind === "primitive" && shape.primitive === "u8";

const small = (max: number) => fc.oneof(fc.nat(3), fc.constantFrom(0, 1, max), fc.nat(max));
const large = (bits: bigint) =>
  fc.oneof(
    fc.bigInt({ min: 0n, max: 3n }),
    fc.constantFrom(1_000_000n, 1_000_000_000n, 50_000_000_000n, 10n ** 15n, 2n ** bits - 1n),
    fc.bigInt({ min: 0n, max: 2n ** bits - 1n }),
  );
const signed = (bits: bigint) => fc.bigInt({ min: -(2n ** (bits - 1n)), max: 2n ** (bits - 1n) - 1n });

const PRIMITIVES = {
  bool: fc.boolean(),
  str: fc.string({ maxLength: 20 }),
  u8: small(255),
  u16: small(65_535),
  u32: small(0xffff_ffff),
  u64: large(64n),
  u128: large(128n),
  i8: fc.integer({ min: -128, max: 127 }),
  i16: fc.integer({ min: -32_768, max: 32_767 }),
  i32: fc.integer(),
  i64: signed(64n),
  i128: signed(128n),
} as const;
