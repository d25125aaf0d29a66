import { expect, test } from "bun:test";
import { z } from "zod";
import { SCHEMAS } from "../../protocol/schemas.ts";
import { SAMPLES } from "../compatibility/samples.ts";
import { maker } from "./from-schema.ts";
import { seededRandom } from "./random.ts";

const VALUES = 60;

/** What a schema says of a value, in a form that can be compared. */
const saidOf = (schema: z.ZodType, value: unknown) => {
  const parsed = schema.safeParse(value);
  return parsed.success ? { data: parsed.data } : { issues: parsed.error.issues };
};

// Bodies of schemas that are read often go through zod's compiled form: it must be no other schema.
test("a compiled schema takes and refuses what the schema itself does, with the same data and the same issues", () => {
  let [taken, refused] = [0, 0];
  for (const [name, schema] of SCHEMAS) {
    const compiled = z.compile(schema);
    const make = maker(schema);
    const random = seededRandom(0x0c_0f_fe);
    const made = Array.from({ length: VALUES }, () => make(random, 0));
    for (const value of [...(SAMPLES.get(name) ?? []), ...made, undefined, null, [], "x", 1]) {
      const said = saidOf(schema, value);
      expect({ name, said: saidOf(compiled, value) }).toEqual({ name, said });
      if (said.data === undefined) refused++;
      else taken++;
    }
  }
  expect(taken).toBeGreaterThan(500);
  expect(refused).toBeGreaterThan(500);
}, 30_000);
