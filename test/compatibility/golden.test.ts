import { describe, expect, test } from "bun:test";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { canonicalJson } from "../../protocol/canonical.ts";
import { decodeEnvelope, encodeEnvelope, FRAME_TYPES } from "../../protocol/envelope.ts";
import { SCHEMAS } from "../../protocol/schemas.ts";
import { StreamEnd } from "../../protocol/stream.ts";
import { readBody, readVersion, versionOf } from "../../protocol/versions.ts";
import { isBytes } from "./samples.ts";

const GOLDEN = join(import.meta.dir, "..", "golden");
const FILES = readdirSync(GOLDEN, { recursive: true, encoding: "utf8" }).sort();
const released = FILES.flatMap((path) => {
  const match = /^([^/]+)\/v(\d+)\/[^/]+\.json$/.exec(path);
  return match === null ? [] : [{ path, name: match[1]!, version: Number(match[2]) }];
});
const read = (path: string) => readFileSync(join(GOLDEN, path), "utf8");

describe("golden bodies", () => {
  test("cover every schema in its current version", () => {
    const covered = new Set(released.map(({ name, version }) => `${name}@${version}`));
    const wanted = [...SCHEMAS].filter(([, schema]) => !isBytes(schema));
    const missing = wanted
      .map(([name, schema]) => `${name}@${versionOf(schema)}`)
      .filter((id) => !covered.has(id));
    expect(missing).toEqual([]);
  });

  for (const { path, name, version } of released) {
    test(`${path} is still read`, () => {
      const schema = SCHEMAS.get(name);
      if (schema === undefined) throw new Error(`${name} was released and must stay readable`);
      const value = readVersion(schema, name, version, JSON.parse(read(path)));
      if (version === versionOf(schema)) expect(canonicalJson(value)).toBe(read(path));
    });
  }
});

describe("golden frames", () => {
  const frames = FILES.filter((path) => path.startsWith("envelope/") && path.endsWith(".txt"));

  test("cover every type of frame", () => {
    expect(frames).toEqual(FRAME_TYPES.map((type) => `envelope/v1/${type}.txt`).sort());
  });

  for (const path of frames) {
    test(`${path} is decoded, and encodes to the same bytes`, () => {
      const bytes = new TextEncoder().encode(read(path));
      const envelope = decodeEnvelope(bytes, { maxBytes: 65_536 });
      const schema = envelope.type === "end" ? StreamEnd : SCHEMAS.get(envelope.schema)!;
      if (envelope.body() !== undefined) readBody(envelope, schema, envelope.schema);
      expect(Buffer.from(encodeEnvelope(envelope, envelope.body(), { maxBytes: 65_536 }))).toEqual(
        Buffer.from(bytes),
      );
      expect(envelope.type).toBe(path.slice("envelope/v1/".length, -".txt".length) as typeof envelope.type);
    });
  }
});
