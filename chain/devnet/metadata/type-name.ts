/** What a field's type is called in Rust, which metadata tells beside its number: the Python codecs need the name of each argument. */
import type { Shape } from "../declare/shape.ts";

const PRIMITIVES: Partial<Record<string, string>> = { str: "String" };

export function typeNameOf(shape: Shape): string {
  switch (shape.kind) {
    case "late":
      return typeNameOf(shape.resolve());
    case "primitive":
      return PRIMITIVES[shape.primitive] ?? shape.primitive;
    case "compact":
      return `Compact<${typeNameOf(shape.of)}>`;
    case "sequence":
      return `Vec<${typeNameOf(shape.of)}>`;
    case "array":
      return `[${typeNameOf(shape.of)}; ${shape.length}]`;
    case "tuple":
      return `(${shape.of.map(typeNameOf).join(", ")})`;
    case "composite":
    case "variant": {
      const parameters = shape.parameters.flatMap(({ shape: given }) =>
        given === undefined ? [] : [typeNameOf(given)],
      );
      const name = shape.path.at(-1) ?? "Unnamed";
      // What has no end of its own, such as a call within a call, is named by its path alone.
      return parameters.length === 0 || name.startsWith("Runtime")
        ? name
        : `${name}<${parameters.join(", ")}>`;
    }
  }
}
