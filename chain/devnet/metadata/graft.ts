/** Puts what the devnet runs by into metadata of others: its constants' values, and storage that theirs lacks. */
import { Failure } from "../../../protocol/failure.ts";
import type { V14, V15 } from "./assemble.ts";
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

/** V14 as V15: the runtime APIs, which V14 does not tell, are ours. Fails with `malformed` without the outer types. */
export function fromV14(ours: V15, from: V14): V15 {
  const lookup = [...from.lookup];
  const types = new Transplant(ours.lookup, lookup);
  const { params } = lookup[from.extrinsic.type]!;
  const parameter = (...names: string[]): number => {
    const type = params.find(({ name }) => names.includes(name))?.type;
    if (type === undefined) throw new Failure("malformed", "the metadata names no extrinsic");
    return type;
  };
  const outer = (name: string): number | undefined =>
    lookup.find(({ path }) => path.length === 2 && path[1] === name)?.id;
  const call = parameter("Call");
  const event = outer("RuntimeEvent");
  if (event === undefined) throw new Failure("malformed", "the metadata names no RuntimeEvent");
  return {
    pallets: from.pallets,
    extrinsic: {
      version: from.extrinsic.version,
      address: parameter("Address"),
      call,
      signature: parameter("Signature"),
      extra: parameter("Extension", "Extra"),
      signedExtensions: from.extrinsic.signedExtensions,
    },
    type: from.type,
    apis: ours.apis.map((api) => ({ ...api, methods: api.methods.map((method) => types.method(method)) })),
    outerEnums: { call, event, error: outer("RuntimeError") ?? types.move(ours.outerEnums.error) },
    custom: [],
    lookup,
  };
}

type Pallet = V15["pallets"][number];
type Method = V15["apis"][number]["methods"][number];
type StorageEntry = NonNullable<Pallet["storage"]>["items"][number];

function lacking(own: Pallet, pallet: Pallet): StorageEntry[] {
  const names = new Set(pallet.storage?.items.map(({ name }) => name));
  return (own.storage?.items ?? []).filter(({ name }) => !names.has(name));
}

/** Moves types of one table into another. One that lies there already is used: some clients know only the first AccountId. */
class Transplant {
  readonly #from: readonly LookupEntry[];
  readonly #to: LookupEntry[];
  readonly #moved = new Map<number, number>();
  readonly #byContent = new Map<string, number>();

  constructor(from: readonly LookupEntry[], to: LookupEntry[]) {
    this.#from = from;
    this.#to = to;
    for (const entry of to) this.#byContent.set(contentOf(entry), entry.id);
    // The runtime's own types are larger there than here, and nothing else has their names.
    for (const { id, path } of from) {
      const name = path.join("::");
      const same = RUNTIME.test(name) ? to.find((entry) => entry.path.join("::") === name) : undefined;
      if (same !== undefined) this.#moved.set(id, same.id);
    }
  }

  storage(item: StorageEntry): StorageEntry {
    const { type } = item;
    if (type.tag === "plain") return { ...item, type: { tag: "plain", value: this.move(type.value) } };
    const { hashers, key, value } = type.value;
    return {
      ...item,
      type: { tag: "map", value: { hashers, key: this.move(key), value: this.move(value) } },
    };
  }

  method({ inputs, output, ...rest }: Method): Method {
    return {
      ...rest,
      inputs: inputs.map(({ name, type }) => ({ name, type: this.move(type) })),
      output: this.move(output),
    };
  }

  move(id: number): number {
    const before = this.#moved.get(id);
    if (before !== undefined) return before;
    const { path, params, def, docs } = this.#from[id]!;
    const entry = {
      path,
      params: params.map(({ name, type }) => ({ name, type: type === undefined ? type : this.move(type) })),
      def: this.#def(def),
      docs,
    };
    const equal = this.#byContent.get(contentOf(entry));
    const at = equal ?? this.#to.length;
    if (equal === undefined) this.#to.push({ id: at, ...entry });
    this.#moved.set(id, at);
    return at;
  }

  #def(def: LookupEntry["def"]): LookupEntry["def"] {
    switch (def.tag) {
      case "composite":
        return {
          tag: "composite",
          value: def.value.map((field) => ({ ...field, type: this.move(field.type) })),
        };
      case "variant":
        return {
          tag: "variant",
          value: def.value.map((variant) => ({
            ...variant,
            fields: variant.fields.map((field) => ({ ...field, type: this.move(field.type) })),
          })),
        };
      case "sequence":
      case "compact":
        return { tag: def.tag, value: this.move(def.value) };
      case "array":
        return { tag: "array", value: { len: def.value.len, type: this.move(def.value.type) } };
      case "tuple":
        return { tag: "tuple", value: def.value.map((part) => this.move(part)) };
      case "primitive":
      case "bitSequence":
        return def;
    }
  }
}

const RUNTIME = /^node_subtensor_runtime::Runtime|::UncheckedExtrinsic$/;

/** What makes two entries the same type: not their docs, nor what the source called a field's type. */
const contentOf = ({ path, params, def }: Omit<LookupEntry, "id">): string =>
  JSON.stringify([path, params, def], (key, value) =>
    key === "docs" || key === "typeName" ? undefined : value,
  );
