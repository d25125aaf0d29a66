/** The runtime's own enums, put together from those of its pallets: a call, an event, an error of any of them. */
import type { Codec } from "@polkadot-api/substrate-bindings";
import { taggedCodec } from "../declare/composites.ts";
import type { AnyCall, Pallet, RuntimeCall, RuntimeEvent, Type } from "../declare/index.ts";
import type { Shape, VariantShape } from "../declare/shape.ts";

interface Variant {
  readonly name: string;
  readonly index: number;
  readonly codec: Codec<unknown>;
  readonly fields: VariantShape["fields"];
}

const GENERIC = [{ name: "T" }];

function enumOf(
  path: string,
  variants: readonly Variant[],
  parameters: readonly { name: string }[] = [],
): Type<{
  type: string;
  value: unknown;
}> {
  const codecs = new Map(variants.map(({ name, index, codec }) => [name, { index, codec }]));
  return {
    codec: taggedCodec(path, codecs),
    shape: {
      kind: "variant",
      path: path.split("::"),
      parameters,
      variants: variants.map(({ name, index, fields }) => ({ name, index, fields })),
    },
  };
}

const outer = (name: string, parts: readonly { pallet: Pallet; type: Type<unknown> }[]) =>
  enumOf(
    `node_subtensor_runtime::${name}`,
    parts.map(({ pallet, type }) => ({
      name: pallet.name,
      index: pallet.index,
      codec: type.codec,
      fields: [{ shape: type.shape }],
    })),
  );

/** The enum of a pallet's calls, or undefined when it has none. */
export function callTypeOf({ calls }: Pallet): Type<{ type: string; value: unknown }> | undefined {
  if (calls === undefined) return undefined;
  const variants = calls.calls.map(({ name, index, args }: AnyCall) => ({
    name,
    index,
    codec: args.codec,
    fields: args.shape.kind === "composite" ? args.shape.fields : [],
  }));
  return enumOf(calls.path, variants, GENERIC);
}

/** The shape of a pallet's errors, or undefined when it has none. */
export function errorShapeOf({ errors }: Pallet): Shape | undefined {
  if (errors === undefined) return undefined;
  const variants = Object.entries(errors.names).map(([name, index]) => ({ name, index, fields: [] }));
  return { kind: "variant", path: errors.path.split("::"), parameters: GENERIC, variants };
}

export interface OuterTypes {
  readonly call: Type<RuntimeCall>;
  readonly event: Type<RuntimeEvent>;
  readonly error: Shape;
}

export function outerTypes(pallets: readonly Pallet[]): OuterTypes {
  const calls = pallets.flatMap((pallet) => {
    const type = callTypeOf(pallet);
    return type === undefined ? [] : [{ pallet, type: type as Type<unknown> }];
  });
  const events = pallets.flatMap((pallet) =>
    pallet.events === undefined ? [] : [{ pallet, type: pallet.events.type as Type<unknown> }],
  );
  const errors = pallets.flatMap((pallet) => {
    const shape = errorShapeOf(pallet);
    return shape === undefined ? [] : [{ name: pallet.name, index: pallet.index, fields: [{ shape }] }];
  });
  return {
    call: outer("RuntimeCall", calls) as Type<unknown> as Type<RuntimeCall>,
    event: outer("RuntimeEvent", events) as Type<unknown> as Type<RuntimeEvent>,
    error: {
      kind: "variant",
      path: ["node_subtensor_runtime", "RuntimeError"],
      parameters: [],
      variants: errors,
    },
  };
}
