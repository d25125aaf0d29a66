import { describe, expect, test } from "bun:test";
import specification from "@asyncapi/specs/schemas/3.0.0.json" with { type: "json" };
import { Ajv } from "ajv";
import { SAMPLES } from "../test/compatibility/samples.ts";
import { asyncApi } from "./asyncapi.ts";
import { jsonSchemaOf } from "./json-schema.ts";
import { SCHEMAS } from "./schemas.ts";
import { SERVICES } from "./services/index.ts";

// The specification bundles the draft-07 meta-schema that Ajv would bring along itself.
const ajv = new Ajv({ strict: false, validateFormats: false, meta: false, validateSchema: false });
const isAsyncApi = ajv.compile(specification);
const document = asyncApi(SERVICES, { version: "1.2.3" });

const references = (value: unknown): string[] => {
  if (typeof value !== "object" || value === null) return [];
  const own = Object.hasOwn(value, "$ref") ? [String((value as { $ref: unknown }).$ref)] : [];
  return [...own, ...Object.values(value).flatMap(references)];
};

const resolve = (pointer: string): unknown =>
  pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((at, token) => (at as Record<string, unknown> | undefined)?.[token], document);

describe("the AsyncAPI document", () => {
  test("validates against AsyncAPI 3.0", () => {
    isAsyncApi(document);
    expect(isAsyncApi.errors ?? []).toEqual([]);
  });

  test("would not validate with an unknown action: the check can fail", () => {
    const broken = structuredClone(document) as { operations: Record<string, { action: string }> };
    broken.operations["chain.head"]!.action = "answer";
    expect(isAsyncApi(broken)).toBe(false);
  });

  test("has no reference that leads nowhere", () => {
    const all = [...new Set(references(document))];
    expect(all.length).toBeGreaterThan(100);
    expect(all.filter((pointer) => resolve(pointer) === undefined)).toEqual([]);
  });

  test("has one channel per subject, and one operation per method and side", () => {
    const { channels, operations } = document as { channels: object; operations: object };
    const methods = SERVICES.flatMap((service) =>
      Object.keys(service.methods).map((name) => `${service.name}.${name}`),
    );
    expect(Object.keys(channels)).toEqual(expect.arrayContaining(methods));
    expect(Object.keys(operations)).toEqual(expect.arrayContaining(methods));
  });
});

describe("JSON Schemas", () => {
  for (const [name, schema] of SCHEMAS) {
    const samples = SAMPLES.get(name);
    if (samples === undefined) continue;
    test(`${name} accepts what the code accepts`, () => {
      const { $schema: _, ...generated } = jsonSchemaOf(name, schema);
      const validate = new Ajv({ strict: false }).compile(generated);
      for (const sample of samples) {
        validate(sample);
        expect(validate.errors ?? []).toEqual([]);
      }
      expect(validate(Number.NaN)).toBe(false);
    });
  }
});
