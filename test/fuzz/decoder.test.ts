import { expect, test } from "bun:test";
import { decodeEnvelope, encodeEnvelope, type FrameType } from "../../protocol/envelope.ts";
import { Failure, WireFailure } from "../../protocol/failure.ts";
import { JSON_DEPTH } from "../../protocol/json-text.ts";
import { FAILURE_SCHEMA } from "../../protocol/schema-names.ts";
import { SCHEMAS } from "../../protocol/schemas.ts";
import { readBody, versionOf } from "../../protocol/versions.ts";
import { frameTexts } from "../compatibility/frames.ts";
import { SAMPLES } from "../compatibility/samples.ts";
import { maker } from "./from-schema.ts";
import { mutate, noise } from "./mutate.ts";
import { type Random, seededRandom } from "./random.ts";

const INPUTS = Number(process.env.ORRERY_FUZZ_INPUTS ?? 1_000_000);
const SEED = Number(process.env.ORRERY_FUZZ_SEED ?? crypto.getRandomValues(new Uint32Array(1))[0]);
/** Small, so that the limit is reached often. */
const LIMIT = { maxBytes: 2_048 };
const UNBOUNDED = { maxBytes: 1 << 20 };

const NAMES = [...SCHEMAS.keys()];
const encoder = new TextEncoder();

function frame(schema: string, body: unknown, type: FrameType, version = 1): Uint8Array {
  const seq = ["open", "chunk", "credit", "end", "cancel"].includes(type) ? { seq: 3 } : {};
  const header = {
    type,
    schema,
    version,
    id: "m1",
    correlation: "c1",
    deadline: 1_790_000_000_000,
    sender: "n1",
  };
  return encodeEnvelope({ ...header, ...seq }, body, UNBOUNDED);
}

const CORPUS: readonly Uint8Array[] = [
  ...[...frameTexts().values()].map((text) => encoder.encode(text)),
  ...[...SAMPLES].flatMap(([name, values]) => values.map((value) => frame(name, value, "call"))),
];

const TYPES: readonly FrameType[] = ["call", "ok", "err", "event", "job", "chunk", "end", "cancel"];

/** A message whose body was made from a schema, hostile here and there; sometimes under another's name. */
function structured(random: Random): Uint8Array {
  const name = random.pick(NAMES);
  const schema = SCHEMAS.get(name)!;
  const said = random.chance(0.03) ? random.pick(NAMES) : name;
  const version = random.chance(0.02) ? 1 + random.below(9_999) : versionOf(schema);
  const body = maker(schema)(random, 0);
  try {
    return frame(said, body, random.pick(TYPES), version);
  } catch (error) {
    // The sender itself refuses, e.g. a __proto__ key: send the bytes that it would not.
    if (!(error instanceof Failure)) throw error;
    return encoder.encode(`orr1 j call ${said}@1 m1 = - - - n1\n${JSON.stringify(body) ?? "x"}`);
  }
}

/** One input, and whether it was made from a schema and left whole. */
function input(random: Random): { message: Uint8Array; whole: boolean } {
  const kind = random.next();
  if (kind < 0.15) return { message: noise(random), whole: false };
  if (kind < 0.5) return { message: mutate(random.pick(CORPUS), random.pick(CORPUS), random), whole: false };
  const message = structured(random);
  if (kind < 0.85) return { message, whole: true };
  return { message: mutate(message, random.pick(CORPUS), random), whole: false };
}

function assertBounded(value: unknown, depth: number): void {
  if (typeof value === "string" && !value.isWellFormed()) throw new Error("has a lone surrogate");
  if (typeof value !== "object" || value === null || value instanceof Uint8Array) return;
  if (depth >= JSON_DEPTH) throw new Error(`nests deeper than ${JSON_DEPTH}`);
  const prototype = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== Array.prototype)
    throw new Error("has a foreign prototype");
  if (Object.hasOwn(value, "__proto__")) throw new Error("has a __proto__ key");
  for (const member of Object.values(value)) assertBounded(member, depth + 1);
}

/** What a node does with a message. Returns the schema's name; throws what the product throws. */
function receive(message: Uint8Array): string {
  const envelope = decodeEnvelope(message, LIMIT);
  const size = message.length - message.indexOf(0x0a) - 1;
  if (size > LIMIT.maxBytes) throw new Error(`accepted a body of ${size} bytes`);
  const body = envelope.body();
  if (body instanceof Uint8Array && body.length !== size)
    throw new Error("bytes are not those that were sent");
  assertBounded(body, 0);
  const schema = SCHEMAS.get(envelope.schema);
  if (schema === undefined) throw new Failure("unknown-method", "no such schema");
  const value = readBody(envelope, schema, envelope.schema);
  assertBounded(value, 0);
  if (envelope.schema === FAILURE_SCHEMA) Failure.fromWire(value as WireFailure).toWire();
  return envelope.schema;
}

test(`${INPUTS} hostile inputs (seed ${SEED}) give a valid body within its bounds, or a Failure`, () => {
  const random = seededRandom(SEED);
  const accepted = new Set<string>();
  const refused: Record<string, number> = {};
  let valid = 0;
  for (let at = 0; at < INPUTS; at++) {
    const { message, whole } = input(random);
    try {
      const name = receive(message);
      if (whole) accepted.add(name);
      valid++;
    } catch (error) {
      const fine = error instanceof Failure && error.code !== "defect";
      if (!fine) {
        const shown = Buffer.from(message.subarray(0, 400)).toString("latin1");
        throw new Error(`input ${at} of seed ${SEED} broke the decoder: ${JSON.stringify(shown)}`, {
          cause: error,
        });
      }
      // What the sender is told must itself be a valid message.
      if ((refused[error.code] ??= 0) < 1_000) WireFailure.parse(JSON.parse(JSON.stringify(error.toWire())));
      refused[error.code]!++;
    }
  }
  expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  // The generator reaches what it is meant to reach: every schema is accepted, every refusal happens.
  expect(NAMES.filter((name) => !accepted.has(name))).toEqual([]);
  expect(Object.keys(refused)).toEqual(expect.arrayContaining(["malformed", "too-large", "unknown-version"]));
  expect(valid / INPUTS).toBeGreaterThan(0.15);
  expect(valid / INPUTS).toBeLessThan(0.85);
}, 600_000);
