/** Events of a pallet: an enum, and typed values of it. */
import { type PayloadOf, type Tagged, type VariantSpec, variant } from "./composites.ts";
import type { AnyType, Type } from "./type.ts";

export interface EventSet<V extends Readonly<Record<string, VariantSpec>>> {
  readonly pallet: string;
  readonly type: Type<Tagged<V>>;
}

export interface AnyEventSet {
  readonly pallet: string;
  readonly type: AnyType;
}

/** An event that happened: the pallet's name and the enum's value. */
export interface RuntimeEvent {
  readonly type: string;
  readonly value: { readonly type: string; readonly value: unknown };
}

/** Declares events: `eventsOf("SubtensorModule", "pallet_subtensor::pallet::Event", { WeightsSet: [n, u16, u16], … })`. */
export const eventsOf = <const V extends Readonly<Record<string, VariantSpec>>>(
  pallet: string,
  path: string,
  variants: V,
  parameters: Readonly<Record<string, AnyType | undefined>> = { T: undefined },
): EventSet<V> => ({ pallet, type: variant(path, variants, { parameters }) });

/** One event of the set: `event(events, "WeightsSet", [1, 0])`. */
export const event = <V extends Readonly<Record<string, VariantSpec>>, Name extends keyof V & string>(
  { pallet }: EventSet<V>,
  type: Name,
  value: PayloadOf<V, Name>,
): RuntimeEvent => ({ type: pallet, value: { type, value } });
