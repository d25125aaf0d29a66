/** What metadata says of a type. Two types with equal shapes become one entry of the registry. */
export type Primitive =
  | "bool"
  | "str"
  | "u8"
  | "u16"
  | "u32"
  | "u64"
  | "u128"
  | "i8"
  | "i16"
  | "i32"
  | "i64"
  | "i128";

export interface Field {
  readonly name?: string | undefined;
  readonly shape: Shape;
}

export interface TypeParameter {
  readonly name: string;
  readonly shape?: Shape | undefined;
}

export interface VariantShape {
  readonly name: string;
  readonly index: number;
  readonly fields: readonly Field[];
}

interface Named {
  /** The Rust path, such as `["sp_core", "crypto", "AccountId32"]`; clients know some types by it. */
  readonly path: readonly string[];
  readonly parameters: readonly TypeParameter[];
}

export type Shape =
  | { readonly kind: "primitive"; readonly primitive: Primitive }
  | { readonly kind: "compact"; readonly of: Shape }
  | { readonly kind: "sequence"; readonly of: Shape }
  | { readonly kind: "array"; readonly length: number; readonly of: Shape }
  | { readonly kind: "tuple"; readonly of: readonly Shape[] }
  | (Named & { readonly kind: "composite"; readonly fields: readonly Field[] })
  | (Named & { readonly kind: "variant"; readonly variants: readonly VariantShape[] })
  /** A type that contains itself, or is put together later: the runtime's call inside a call. */
  | { readonly kind: "late"; readonly resolve: () => Shape };
