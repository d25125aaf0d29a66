/** Runtime APIs: reads that clients make by `state_call`. */
import type { ReadState } from "../state/read-state.ts";
import type { Fields, ValueOf } from "./composites.ts";
import { struct } from "./composites.ts";
import type { Shape } from "./shape.ts";
import { type AnyType, decode, encode, type Immutable, type Type, type TypeOf } from "./type.ts";

/** What a runtime API sees: the state at a block. */
export interface ApiContext {
  readonly state: ReadState;
  /** Number of the block whose state this is. */
  readonly block: number;
}

export interface ApiMethod {
  readonly name: string;
  readonly inputs: readonly { readonly name: string; readonly shape: Shape }[];
  readonly output: Shape;
  /** SCALE in, SCALE out. Fails with `malformed`. */
  call(context: ApiContext, args: Uint8Array): Uint8Array;
}

export interface RuntimeApi {
  readonly name: string;
  readonly version: number;
  readonly methods: readonly ApiMethod[];
}

/** Declares one method: `method("get_neurons", { netuid: u16 }, vec(NeuronInfo), ({ state }, { netuid }) => …)`. */
export function method<const F extends Fields, R extends AnyType>(
  name: string,
  args: F,
  result: R,
  run: (context: ApiContext, args: ValueOf<F>) => Immutable<TypeOf<R>>,
): ApiMethod {
  const input = struct("", args);
  const output = result as AnyType as Type<unknown>;
  return {
    name,
    inputs: Object.entries(args).map(([argument, { shape }]) => ({ name: argument, shape })),
    output: result.shape,
    call: (context, bytes) => encode(output, run(context, decode(input, bytes)) as Immutable<unknown>),
  };
}
