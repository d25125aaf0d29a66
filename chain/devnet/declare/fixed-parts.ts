/** Tuples and structs whose parts all have a fixed width have one themselves: rows of weights, accounts, shares. */
import { type FixedWidth, MAX_FIXED } from "./fixed-codec.ts";

interface Part {
  readonly fixed: FixedWidth<unknown>;
  readonly from: number;
}

interface MaybeFixed {
  readonly fixed?: FixedWidth<unknown> | undefined;
}

export function fixedTuple(types: readonly MaybeFixed[]): FixedWidth<unknown[]> | undefined {
  const { parts, size } = partsOf(types);
  if (parts === undefined) return undefined;
  return {
    size,
    write(view, at, values) {
      for (let i = 0; i < parts.length; i++) parts[i]!.fixed.write(view, at + parts[i]!.from, values[i]);
    },
    read: (view, at) => parts.map(({ fixed, from }) => fixed.read(view, at + from)),
  };
}

export function fixedStruct(
  fields: Readonly<Record<string, MaybeFixed>>,
): FixedWidth<Record<string, unknown>> | undefined {
  const names = Object.keys(fields);
  const { parts, size } = partsOf(Object.values(fields));
  if (parts === undefined) return undefined;
  return {
    size,
    write(view, at, value) {
      for (let i = 0; i < parts.length; i++)
        parts[i]!.fixed.write(view, at + parts[i]!.from, value[names[i]!]);
    },
    read(view, at) {
      const value: Record<string, unknown> = {};
      for (let i = 0; i < parts.length; i++)
        value[names[i]!] = parts[i]!.fixed.read(view, at + parts[i]!.from);
      return value;
    },
  };
}

function partsOf(types: readonly MaybeFixed[]): { parts: readonly Part[] | undefined; size: number } {
  const parts: Part[] = [];
  let size = 0;
  for (const { fixed } of types) {
    if (fixed === undefined) return { parts: undefined, size: 0 };
    parts.push({ fixed, from: size });
    size += fixed.size;
  }
  return { parts: size > 0 && size <= MAX_FIXED ? parts : undefined, size };
}
