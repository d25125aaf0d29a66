/** JSON Schemas of the message bodies, generated from the declarations that validate them. */
import { z } from "zod";
import { versionOf } from "./versions.ts";

export type JsonSchema = { [key: string]: unknown };

const RAW_BYTES: JsonSchema = {
  type: "string",
  format: "binary",
  contentMediaType: "application/octet-stream",
};

/**
 * Draft-07 schema of what a sender writes: unknown fields are allowed, since readers ignore them.
 * Rules across fields, such as ascending uids, have no JSON Schema and are only in the code.
 */
export function jsonSchemaOf(name: string, schema: z.ZodType): JsonSchema {
  const generated = z.toJSONSchema(schema, {
    target: "draft-7",
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema }) => {
      if (isBytes(zodSchema)) Object.assign(jsonSchema, RAW_BYTES);
    },
  });
  const { $schema, ...rest } = generated;
  return { $schema, title: name, "x-version": versionOf(schema), ...rest };
}

const isBytes = (schema: z.core.$ZodType): boolean =>
  schema instanceof z.ZodCustom && schema.safeParse(new Uint8Array(0)).success;

/** The same schema with its references moved to where it lies in a larger document, e.g. `#/components/schemas/x`. */
export function relocated(schema: JsonSchema, pointer: string): JsonSchema {
  const move = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(move);
    if (typeof value !== "object" || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, member]) =>
        key === "$ref" && typeof member === "string" && member.startsWith("#")
          ? [key, pointer + member.slice(1)]
          : [key, move(member)],
      ),
    );
  };
  const { $schema: _, ...rest } = schema;
  return move(rest) as JsonSchema;
}
