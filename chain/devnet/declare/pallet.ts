/** A pallet as metadata and dispatch see it. */

import type { AnyCall } from "./calls.ts";
import type { AnyConstant } from "./constants.ts";
import type { ErrorSet } from "./errors.ts";
import type { AnyEventSet } from "./events.ts";
import type { AnyStorageItem } from "./storage.ts";

export interface Pallet {
  readonly name: string;
  readonly index: number;
  readonly storage: readonly AnyStorageItem[];
  /** The path of the call enum, such as `pallet_subtensor::pallet::Call`, and its variants. */
  readonly calls?: { readonly path: string; readonly calls: readonly AnyCall[] } | undefined;
  readonly events?: AnyEventSet | undefined;
  readonly errors?: ErrorSet | undefined;
  readonly constants: readonly AnyConstant[];
  /** How this pallet is simpler than the chain's, a sentence each, for `devnet_info`. */
  readonly simplifications: readonly string[];
}
