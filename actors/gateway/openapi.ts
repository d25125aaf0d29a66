/** The API's own description, generated from the schemas that its routes declare. */
import { openapi } from "@elysiajs/openapi";
import { z } from "zod";
import { ApiError } from "../../protocol/views.ts";

/** Serves it at `path`, without a page of documentation: that would load its script from elsewhere. */
export const describeApi = (path: string) =>
  openapi({
    provider: null,
    specPath: path,
    openapiVersion: "3.1.0",
    mapJsonSchema: { zod: inlineJsonSchema },
    documentation: {
      info: {
        title: "Orrery gateway",
        version: "1",
        description:
          "Read-only views of one subnet, folded from its ledger. Every failure has the same body, with a code and, where there is one, a hint.",
        license: { name: "MIT", identifier: "MIT" },
      },
      servers: [{ url: "/", description: "This gateway" }],
    },
  });

/** Failures that the routes of the gateway can answer with, by status. */
export const ERRORS = {
  400: ApiError.describe("The path or the query is not valid."),
  404: ApiError.describe("There is nothing here."),
  413: ApiError.describe("It exists and is too large to show."),
  500: ApiError.describe("A defect; the node's log says more."),
  502: ApiError.describe("What is stored is damaged."),
  503: ApiError.describe("Too much at once, or stopping; try again after a while."),
} as const;

/**
 * JSON Schema without references, which would point into another document. The only recursive schema of the views is
 * "any JSON value", and a reference to it says no more than `true` does.
 */
export function inlineJsonSchema(schema: z.ZodType): Record<string, unknown> {
  const { $defs: _, $schema: __, ...whole } = z.toJSONSchema(schema, { io: "input", unrepresentable: "any" });
  const inline = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(inline);
    if (typeof value !== "object" || value === null) return value;
    if ("$ref" in value) return { description: "Any JSON value" };
    return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, inline(member)]));
  };
  return inline(whole) as Record<string, unknown>;
}
