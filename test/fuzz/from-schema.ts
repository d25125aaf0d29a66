/** Values made from a zod schema: valid ones, and with some probability hostile ones at any place in them. */
import fc from "fast-check";
import { z } from "zod";
import type { Random } from "./random.ts";

type Make = (random: Random, depth: number) => unknown;

/** Probability that a place in a value holds something hostile instead of what the schema wants. */
const HOSTILE = 0.015;
const MAX_DEPTH = 12;

const nested = (levels: number): unknown => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);

const HOSTILE_VALUES: readonly unknown[] = [
  null,
  true,
  -1,
  0.5,
  1e308,
  2 ** 53,
  Number.MAX_SAFE_INTEGER,
  -0,
  "",
  "\ud800",
  "\u0000",
  "__proto__",
  "../../etc/passwd",
  "a.b.>",
  "x".repeat(3_000),
  [],
  {},
  nested(40),
  nested(80),
  { constructor: { prototype: { polluted: true } } },
  JSON.parse('{"__proto__":{"polluted":true}}'),
];

function makeString(schema: z.ZodString): Make {
  const longest = Math.min(schema.maxLength ?? 40, 40);
  const pattern = (schema._zod.def.checks ?? [])
    .map(({ _zod }) => (_zod.def as { pattern?: RegExp }).pattern)
    .find((found) => found !== undefined);
  if (pattern === undefined) {
    return (random) => 'grüße \n"x" \u{1f600} 0'.repeat(3).slice(0, random.below(longest + 1));
  }
  const pool = fc.sample(fc.stringMatching(pattern, { size: "small" }), { numRuns: 25, seed: 1 });
  return (random) => random.pick(pool);
}

function makeNumber(schema: z.ZodNumber): Make {
  const low = Math.max(schema.minValue ?? -1_000, -(2 ** 53) + 1);
  const high = Math.min(schema.maxValue ?? 1_000_000, 2 ** 53 - 1);
  return (random) => {
    if (random.chance(0.1)) return random.pick([low, high]);
    const value = low + random.next() * (high - low);
    return schema.format?.includes("int") ? Math.floor(value) : value;
  };
}

function makeObject(schema: z.ZodObject): Make {
  const members = Object.entries(schema.shape).map(([key, member]) => ({
    key,
    optional: [z.ZodOptional, z.ZodDefault, z.ZodPrefault].some((kind) => member instanceof kind),
    make: maker(member as z.ZodType),
  }));
  return (random, depth) => {
    const value: Record<string, unknown> = {};
    for (const { key, optional, make } of members) {
      if (!optional || random.chance(0.5)) value[key] = make(random, depth + 1);
    }
    if (random.chance(0.05)) value["unknown-field"] = random.below(10);
    return value;
  };
}

const makeMany = (random: Random, make: () => unknown): unknown[] =>
  Array.from({ length: random.below(4) }, make);

function makeValid(schema: z.ZodType): Make {
  if (schema instanceof z.ZodString) return makeString(schema);
  if (schema instanceof z.ZodNumber) return makeNumber(schema);
  if (schema instanceof z.ZodBoolean) return (random) => random.chance(0.5);
  if (schema instanceof z.ZodNull) return () => null;
  if (schema instanceof z.ZodEnum) return (random) => random.pick(schema.options);
  if (schema instanceof z.ZodLiteral) return (random) => random.pick([...schema.values]);
  if (schema instanceof z.ZodObject) return makeObject(schema);
  if (schema instanceof z.ZodArray) {
    const element = maker(schema.element as z.ZodType);
    return (random, depth) => makeMany(random, () => element(random, depth + 1));
  }
  if (schema instanceof z.ZodRecord) {
    const [key, value] = [maker(schema.keyType as z.ZodType), maker(schema.valueType as z.ZodType)];
    return (random, depth) =>
      Object.fromEntries(
        makeMany(random, () => [String(key(random, depth)), value(random, depth + 1)]) as [string, unknown][],
      );
  }
  if (schema instanceof z.ZodUnion) {
    const options = schema.options.map((option) => maker(option as z.ZodType));
    return (random, depth) => random.pick(depth > MAX_DEPTH ? options.slice(0, 1) : options)(random, depth);
  }
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return maker(schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodNullable) {
    const inner = maker(schema.unwrap() as z.ZodType);
    return (random, depth) => (random.chance(0.3) ? null : inner(random, depth));
  }
  if (schema instanceof z.ZodLazy)
    return (random, depth) => maker(schema.unwrap() as z.ZodType)(random, depth);
  if (schema instanceof z.ZodCustom) return (random) => new Uint8Array(random.below(64));
  throw new Error(`no generator for a ${schema.type} schema: add one, so that it is fuzzed`);
}

const makers = new WeakMap<z.ZodType, Make>();

/** The generator of a schema. Built once per schema; recursive schemas find themselves again. */
export function maker(schema: z.ZodType): Make {
  const known = makers.get(schema);
  if (known !== undefined) return known;
  let valid: Make | undefined;
  const make: Make = (random, depth) => {
    if (random.chance(HOSTILE)) return random.pick(HOSTILE_VALUES);
    if (depth > MAX_DEPTH * 2) return null;
    valid ??= makeValid(schema);
    return valid(random, depth);
  };
  makers.set(schema, make);
  return make;
}
