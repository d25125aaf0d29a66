/** Finds the declaration of a decoded call. */
import { Failure } from "../../../protocol/failure.ts";
import type { AnyCall, Pallet, RuntimeCall } from "../declare/index.ts";

export class CallTable {
  readonly #calls = new Map<string, AnyCall>();

  constructor(pallets: readonly Pallet[]) {
    for (const { name, calls } of pallets) {
      for (const call of calls?.calls ?? []) this.#calls.set(`${name}.${call.name}`, call);
    }
  }

  find({ type: pallet, value: { type: name } }: RuntimeCall): AnyCall {
    const call = this.#calls.get(`${pallet}.${name}`);
    if (call !== undefined) return call;
    throw new Failure("defect", "a call was decoded that nobody declared", { meta: { pallet, name } });
  }
}
