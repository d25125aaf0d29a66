/** Puts what the devnet runs by into metadata of others: its constants' values, and storage that theirs lacks. */
import type { V15 } from "./assemble.ts";
import type { LookupEntry } from "./type-registry.ts";

/** `theirs` with the values of our constants and with the storage items that only ours has. Theirs is not changed. */
export function graft(ours: V15, theirs: V15): V15 {
  const lookup = [...theirs.lookup];
  const types = new Transplant(ours.lookup, lookup);
  const pallets = theirs.pallets.map((pallet) => {
    const own = ours.pallets.find(({ name }) => name === pallet.name);
    if (own === undefined) return pallet;
    return {
      ...pallet,
      constants: pallet.constants.map((constant) => ({
        ...constant,
        value: own.constants.find(({ name }) => name === constant.name)?.value ?? constant.value,
      })),
      storage: pallet.storage && {
        ...pallet.storage,
        items: [...pallet.storage.items, ...lacking(own, pallet).map((item) => types.storage(item))],
      },
    };
  });
  return { ...theirs, pallets, lookup };
}

type Pallet = V15["pallets"][number];
type StorageEntry = NonNullable<Pallet["storage"]>["items"][number];

function lacking(own: Pallet, pallet: Pallet): StorageEntry[] {
  const names = new Set(pallet.storage?.items.map(({ name }) => name));
  return (own.storage?.items ?? []).filter(({ name }) => !names.has(name));
}

/** Moves types of one table into another, as new entries: equal ones may lie there twice, which harms nobody. */
class Transplant {
  readonly #from: readonly LookupEntry[];
  readonly #to: LookupEntry[];
  readonly #moved = new Map<number, number>();

  constructor(from: readonly LookupEntry[], to: LookupEntry[]) {
    this.#from = from;
    this.#to = to;
  }

  storage(item: StorageEntry): StorageEntry {
    const { type } = item;
    if (type.tag === "plain") return { ...item, type: { tag: "plain", value: this.#move(type.value) } };
    const { hashers, key, value } = type.value;
    return {
      ...item,
      type: { tag: "map", value: { hashers, key: this.#move(key), value: this.#move(value) } },
    };
  }

  #move(id: number): number {
    const before = this.#moved.get(id);
    if (before !== undefined) return before;
    const at = this.#to.length;
    this.#moved.set(id, at);
    const entry = this.#from[id]!;
    this.#to.push(entry);
    this.#to[at] = {
      ...entry,
      id: at,
      params: entry.params.map(({ name, type }) => ({
        name,
        type: type === undefined ? type : this.#move(type),
      })),
      def: this.#def(entry.def),
    };
    return at;
  }

  #def(def: LookupEntry["def"]): LookupEntry["def"] {
    switch (def.tag) {
      case "composite":
        return {
          tag: "composite",
          value: def.value.map((field) => ({ ...field, type: this.#move(field.type) })),
        };
      case "variant":
        return {
          tag: "variant",
          value: def.value.map((variant) => ({
            ...variant,
            fields: variant.fields.map((field) => ({ ...field, type: this.#move(field.type) })),
          })),
        };
      case "sequence":
      case "compact":
        return { tag: def.tag, value: this.#move(def.value) };
      case "array":
        return { tag: "array", value: { len: def.value.len, type: this.#move(def.value.type) } };
      case "tuple":
        return { tag: "tuple", value: def.value.map((part) => this.#move(part)) };
      case "primitive":
      case "bitSequence":
        return def;
    }
  }
}
