/** Errors of a pallet, with the numbers that the chain gives them. */
import { Failure } from "../../../protocol/failure.ts";

export interface ErrorSet {
  readonly pallet: string;
  /** The pallet's own index. */
  readonly index: number;
  /** The path of the error enum, such as `pallet_subtensor::pallet::Error`. */
  readonly path: string;
  readonly names: Readonly<Record<string, number>>;
}

/** A call that the chain refuses in dispatch: `System.ExtrinsicFailed` carries it. */
export class DispatchFailure extends Failure {
  /** As `sp_runtime::DispatchError` has it. */
  readonly error: DispatchError;

  constructor(error: DispatchError, message: string) {
    super("refused", message, { meta: { error: message } });
    this.error = error;
  }
}

export type DispatchError =
  | {
      type: "Other" | "CannotLookup" | "BadOrigin" | "ConsumerRemaining" | "NoProviders" | "TooManyConsumers";
      value: undefined;
    }
  | { type: "Module"; value: { index: number; error: `0x${string}` } }
  | { type: "Token"; value: { type: TokenError; value: undefined } }
  | { type: "Arithmetic"; value: { type: "Underflow" | "Overflow" | "DivisionByZero"; value: undefined } };

export type TokenError =
  | "FundsUnavailable"
  | "OnlyProvider"
  | "BelowMinimum"
  | "CannotCreate"
  | "UnknownAsset"
  | "Frozen"
  | "Unsupported"
  | "CannotCreateHold"
  | "NotExpendable"
  | "Blocked";

/** Declares the errors of a pallet; `refuse(errors, "SettingWeightsTooFast")` throws one. */
export const errorsOf = <const N extends Readonly<Record<string, number>>>(
  pallet: string,
  index: number,
  path: string,
  names: N,
): ErrorSet & { readonly names: N } => ({ pallet, index, path, names });

/** The error of that name, to throw. */
export function moduleError<E extends ErrorSet>(errors: E, name: keyof E["names"] & string): DispatchFailure {
  const number = errors.names[name]!;
  return new DispatchFailure(
    {
      type: "Module",
      value: { index: errors.index, error: `0x${number.toString(16).padStart(2, "0")}000000` },
    },
    `${errors.pallet}.${name}`,
  );
}

/** Refuses when the condition does not hold, as `ensure!` does. */
export function ensure<E extends ErrorSet>(
  holds: boolean,
  errors: E,
  name: keyof E["names"] & string,
): asserts holds {
  if (!holds) throw moduleError(errors, name);
}

export const badOrigin = (): DispatchFailure =>
  new DispatchFailure({ type: "BadOrigin", value: undefined }, "BadOrigin");

export const tokenError = (type: TokenError): DispatchFailure =>
  new DispatchFailure({ type: "Token", value: { type, value: undefined } }, `Token.${type}`);

export const overflow = (): DispatchFailure =>
  new DispatchFailure(
    { type: "Arithmetic", value: { type: "Overflow", value: undefined } },
    "Arithmetic.Overflow",
  );
