/** Numbers types as metadata does: equal shapes are one entry, and a type may contain itself. */
import type { CodecType, v14Lookup } from "@polkadot-api/substrate-bindings";
import type { Field, Shape } from "../declare/shape.ts";
import { typeNameOf } from "./type-name.ts";

export type LookupEntry = CodecType<typeof v14Lookup>[number];
type Def = LookupEntry["def"];

export class TypeRegistry {
  readonly #entries: LookupEntry[] = [];
  readonly #byShape = new Map<Shape, number>();
  readonly #byContent = new Map<string, number>();
  /** Shapes whose parts are being numbered; one that is met again inside itself gets its number ahead of time. */
  readonly #open = new Set<Shape>();

  idOf(shape: Shape): number {
    if (shape.kind === "late") return this.idOf(shape.resolve());
    const known = this.#byShape.get(shape);
    if (known !== undefined) return known;
    if (this.#open.has(shape)) return this.#reserve(shape);
    this.#open.add(shape);
    const { path, params } = this.#named(shape);
    const def = this.#def(shape);
    this.#open.delete(shape);
    return this.#enter(shape, { path, params, def, docs: [] });
  }

  /** The table for the metadata, by number. */
  lookup(): LookupEntry[] {
    return this.#entries;
  }

  #reserve(shape: Shape): number {
    const id = this.#entries.length;
    this.#entries.push({ id, path: [], params: [], def: { tag: "tuple", value: [] }, docs: [] });
    this.#byShape.set(shape, id);
    return id;
  }

  #enter(shape: Shape, content: Omit<LookupEntry, "id">): number {
    const reserved = this.#byShape.get(shape);
    if (reserved !== undefined) {
      this.#entries[reserved] = { id: reserved, ...content };
      return reserved;
    }
    const key = JSON.stringify(content);
    const equal = this.#byContent.get(key);
    const id = equal ?? this.#entries.length;
    if (equal === undefined) {
      this.#entries.push({ id, ...content });
      this.#byContent.set(key, id);
    }
    this.#byShape.set(shape, id);
    return id;
  }

  #named(shape: Shape): Pick<LookupEntry, "path" | "params"> {
    if (shape.kind !== "composite" && shape.kind !== "variant") return { path: [], params: [] };
    return {
      path: [...shape.path],
      params: shape.parameters.map((parameter) => ({
        name: parameter.name,
        type: parameter.shape === undefined ? undefined : this.idOf(parameter.shape),
      })),
    };
  }

  #def(shape: Exclude<Shape, { kind: "late" }>): Def {
    switch (shape.kind) {
      case "primitive":
        return { tag: "primitive", value: { tag: shape.primitive, value: undefined } };
      case "compact":
      case "sequence":
        return { tag: shape.kind, value: this.idOf(shape.of) };
      case "array":
        return { tag: "array", value: { len: shape.length, type: this.idOf(shape.of) } };
      case "tuple":
        return { tag: "tuple", value: shape.of.map((part) => this.idOf(part)) };
      case "composite":
        return { tag: "composite", value: this.#fields(shape.fields) };
      case "variant":
        return {
          tag: "variant",
          value: shape.variants.map(({ name, index, fields }) => ({
            name,
            index,
            fields: this.#fields(fields),
            docs: [],
          })),
        };
    }
  }

  #fields(fields: readonly Field[]) {
    return fields.map(({ name, shape }) => ({
      ...{ name, type: this.idOf(shape), typeName: typeNameOf(shape) },
      docs: [],
    }));
  }
}
