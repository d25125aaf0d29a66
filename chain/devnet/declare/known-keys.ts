/**
 * Storage keys that were made before. Hashing costs more than all else in a read, the same accounts and numbers come again
 * and again, and a text that is the same object is found in a map without being read anew.
 */
import { Failure } from "../../../protocol/failure.ts";
import { type Hex, toHex } from "../../scale/hex.ts";
import { type Hasher, hashedKey } from "../../scale/storage-key.ts";
import { encode, type Type } from "./type.ts";

interface Part {
  readonly hasher: Hasher;
  readonly type: Type<unknown>;
}

/** A key, and those that go on from it. */
interface Known {
  readonly key: Hex;
  readonly next: Map<unknown, Known>;
}

/** Per item; beyond, all are forgotten at once. */
const MAX_KNOWN = 65_536;

export class KnownKeys {
  readonly #parts: readonly Part[];
  readonly #root: Known;
  #count = 0;

  constructor(prefix: Hex, parts: readonly Part[]) {
    this.#parts = parts;
    this.#root = { key: prefix, next: new Map() };
  }

  /** The key of these, or the prefix of all that begin with them. */
  find(keys: readonly unknown[]): Hex {
    if (keys.length > this.#parts.length) {
      throw new Failure("defect", "too many keys", { meta: { prefix: this.#root.key, keys: keys.length } });
    }
    let known = this.#root;
    for (let i = 0; i < keys.length; i++) known = known.next.get(keys[i]) ?? this.#make(known, i, keys[i]);
    return known.key;
  }

  #make(from: Known, at: number, key: unknown): Known {
    const { hasher, type } = this.#parts[at]!;
    const digits = toHex(hashedKey(hasher, encode(type, key as never))).slice(2);
    const made: Known = { key: `${from.key}${digits}`, next: new Map() };
    // Objects are equal by their content, which a map does not see.
    if (typeof key === "object") return made;
    if (++this.#count > MAX_KNOWN) {
      this.#root.next.clear();
      this.#count = 0;
    }
    from.next.set(key, made);
    return made;
  }
}
