/** Compares what the devnet declares with other metadata: the real chain's in tests, a given file's before it is served. */
import type { V15 } from "./assemble.ts";
import type { LookupEntry } from "./type-registry.ts";

/**
 * `exact`: names, paths and shapes are equal. `layout`: the bytes mean the same; wrappers around one field and names of
 * types do not count.
 */
export type Strictness = "exact" | "layout";

type Pallet = V15["pallets"][number];
type StorageEntry = NonNullable<Pallet["storage"]>["items"][number];
type Fields = Extract<LookupEntry["def"], { tag: "composite" }>["value"];
type Variants = Extract<LookupEntry["def"], { tag: "variant" }>["value"];

/** One line for everything that ours declares and theirs has differently; with `missing`, also what theirs lacks. */
export function differences(
  ours: V15,
  theirs: V15,
  { strictness, missing }: { strictness: Strictness; missing: boolean },
): string[] {
  const same = new TypeComparison(ours, theirs, strictness);
  const found: string[] = [];
  const lacks = (what: string): void => {
    if (missing) found.push(`${what} is missing`);
  };
  const check = (what: string, equal: boolean): void => {
    if (!equal) found.push(`${what} differs`);
  };

  for (const pallet of ours.pallets) {
    const other = theirs.pallets.find(({ name }) => name === pallet.name);
    if (other === undefined) {
      lacks(pallet.name);
      continue;
    }
    check(`the index of ${pallet.name}`, pallet.index === other.index);
    for (const item of pallet.storage?.items ?? []) {
      const entry = other.storage?.items.find(({ name }) => name === item.name);
      const what = `storage ${pallet.name}.${item.name}`;
      if (entry === undefined) lacks(what);
      else check(what, sameStorage(item, entry, same, strictness));
    }
    for (const constant of pallet.constants) {
      const entry = other.constants.find(({ name }) => name === constant.name);
      const what = `constant ${pallet.name}.${constant.name}`;
      if (entry === undefined) lacks(what);
      else check(what, same.types(constant.type, entry.type));
    }
    for (const kind of ["calls", "events", "errors"] as const) {
      for (const [name, line] of compareEnums(pallet[kind], other[kind], same)) {
        const what = `${kind.slice(0, -1)} ${pallet.name}.${name}`;
        if (line === "missing") lacks(what);
        else check(what, false);
      }
    }
  }
  for (const { name, methods } of ours.apis) {
    const api = theirs.apis.find((candidate) => candidate.name === name);
    for (const method of methods) {
      const entry = api?.methods.find((candidate) => candidate.name === method.name);
      const what = `runtime API ${name}.${method.name}`;
      if (entry === undefined) lacks(what);
      else check(what, sameMethod(method, entry, same));
    }
  }
  return found;
}

function sameStorage(
  a: StorageEntry,
  b: StorageEntry,
  same: TypeComparison,
  strictness: Strictness,
): boolean {
  if (a.modifier !== b.modifier) return false;
  // A default is the chain's own business where only the layout counts: the devnet stores what it runs by.
  if (strictness === "exact" && a.fallback !== b.fallback) return false;
  if (a.type.tag === "plain") return b.type.tag === "plain" && same.types(a.type.value, b.type.value);
  if (b.type.tag === "plain") return false;
  const [ours, theirs] = [a.type.value, b.type.value];
  return (
    ours.hashers.map(({ tag }) => tag).join() === theirs.hashers.map(({ tag }) => tag).join() &&
    same.types(ours.key, theirs.key) &&
    same.types(ours.value, theirs.value)
  );
}

type Method = V15["apis"][number]["methods"][number];

const sameMethod = (a: Method, b: Method, same: TypeComparison): boolean =>
  a.inputs.length === b.inputs.length &&
  a.inputs.every((input, i) => same.types(input.type, b.inputs[i]!.type)) &&
  same.types(a.output, b.output);

/** Variants of ours that theirs has not, or has with another index or other fields. */
function* compareEnums(
  ours: number | undefined,
  theirs: number | undefined,
  same: TypeComparison,
): Generator<[name: string, "missing" | "differs"]> {
  if (ours === undefined) return;
  const other = theirs === undefined ? [] : same.variantsOf("theirs", theirs);
  for (const variant of same.variantsOf("ours", ours)) {
    const match = other.find(({ name }) => name === variant.name);
    if (match === undefined) yield [variant.name, "missing"];
    else if (match.index !== variant.index || !same.fields(variant.fields, match.fields)) {
      yield [variant.name, "differs"];
    }
  }
}

/** Enums of which the devnet declares a part: those of pallets and of the runtime. */
const isPartial = (path: readonly string[]): boolean =>
  (path[0]?.startsWith("pallet_") === true ||
    path[0] === "frame_system" ||
    path[0] === "node_subtensor_runtime") &&
  /^(Runtime)?(Call|Event|Error)$/.test(path.at(-1) ?? "");

class TypeComparison {
  readonly #ours: V15;
  readonly #theirs: V15;
  readonly #strictness: Strictness;
  /** Pairs found equal, or being compared: a type that contains itself is equal when all else is. */
  readonly #equal = new Map<string, boolean>();

  constructor(ours: V15, theirs: V15, strictness: Strictness) {
    this.#ours = ours;
    this.#theirs = theirs;
    this.#strictness = strictness;
  }

  types(ours: number, theirs: number): boolean {
    const pair = `${ours} ${theirs}`;
    const known = this.#equal.get(pair);
    if (known !== undefined) return known;
    this.#equal.set(pair, true);
    const equal = this.#compare(this.#entry("ours", ours), this.#entry("theirs", theirs));
    this.#equal.set(pair, equal);
    return equal;
  }

  variantsOf(side: "ours" | "theirs", id: number): Variants {
    const { def } = this.#entry(side, id);
    return def.tag === "variant" ? def.value : [];
  }

  fields(ours: Fields, theirs: Fields): boolean {
    return (
      ours.length === theirs.length &&
      ours.every((field, i) => {
        const other = theirs[i]!;
        return (
          (this.#strictness === "layout" || field.name === other.name) && this.types(field.type, other.type)
        );
      })
    );
  }

  /** The entry; where only the layout counts, what lies within wrappers. */
  #entry(side: "ours" | "theirs", id: number): LookupEntry {
    const { lookup } = side === "ours" ? this.#ours : this.#theirs;
    const entry = lookup[id]!;
    if (this.#strictness === "exact") return entry;
    const [only, ...more] = entry.def.tag === "composite" ? entry.def.value : [];
    return only !== undefined && more.length === 0 ? this.#entry(side, only.type) : entry;
  }

  #compare(a: LookupEntry, b: LookupEntry): boolean {
    if (this.#strictness === "exact" && !this.#sameName(a, b)) return false;
    const [ours, theirs] = [a.def, b.def];
    switch (ours.tag) {
      case "composite":
        return theirs.tag === "composite" && this.fields(ours.value, theirs.value);
      case "variant":
        return theirs.tag === "variant" && this.#variants(ours.value, theirs.value, isPartial(a.path));
      case "sequence":
      case "compact":
        return theirs.tag === ours.tag && this.types(ours.value, theirs.value as number);
      case "array":
        return (
          theirs.tag === "array" &&
          ours.value.len === theirs.value.len &&
          this.types(ours.value.type, theirs.value.type)
        );
      case "tuple":
        return (
          theirs.tag === "tuple" &&
          ours.value.length === theirs.value.length &&
          ours.value.every((id, i) => this.types(id, theirs.value[i]!))
        );
      case "primitive":
        return theirs.tag === "primitive" && ours.value.tag === theirs.value.tag;
      case "bitSequence":
        return theirs.tag === "bitSequence";
    }
  }

  #sameName(a: LookupEntry, b: LookupEntry): boolean {
    if (a.path.join("::") !== b.path.join("::")) return false;
    // Generics of pallet enums are the runtime itself, told in half of the cases.
    if (isPartial(a.path)) return true;
    return (
      a.params.length === b.params.length &&
      a.params.every(({ name, type }, i) => {
        const other = b.params[i]!;
        if (name !== other.name || (type === undefined) !== (other.type === undefined)) return false;
        return type === undefined || this.types(type, other.type!);
      })
    );
  }

  #variants(ours: Variants, theirs: Variants, partial: boolean): boolean {
    if (!partial && ours.length !== theirs.length) return false;
    return ours.every((variant) => {
      const match = theirs.find(({ name }) => name === variant.name);
      return (
        match !== undefined && match.index === variant.index && this.fields(variant.fields, match.fields)
      );
    });
  }
}
