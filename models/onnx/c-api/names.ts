/** Names as C has them, kept for as long as the table is: C sees addresses, and the collector does not. */
import { ptr } from "bun:ffi";
import { cString } from "./table.ts";

export class Names {
  readonly #texts = new Map<string, Uint8Array>();

  /** Addresses of these names, in order. */
  addresses(names: readonly string[]): BigUint64Array {
    return BigUint64Array.from(names, (name) => BigInt(ptr(this.#text(name))));
  }

  #text(name: string): Uint8Array {
    const known = this.#texts.get(name);
    if (known !== undefined) return known;
    const made = cString(name);
    this.#texts.set(name, made);
    return made;
  }
}
