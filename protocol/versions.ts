/**
 * Versions of message bodies. A schema starts at version 1; a change that older readers or writers would trip
 * over raises the version and brings an upcaster, so that every version ever released can still be read.
 */
import { z } from "zod";
import type { Envelope } from "./envelope.ts";
import { Failure } from "./failure.ts";

/** Turns a body of one version into the next one. Gets unvalidated JSON; may throw anything. */
export type Upcaster = (older: unknown) => unknown;

export interface Release {
  /** Current version. */
  readonly version: number;
  /** Upcaster from version n to n+1, for each n that was released before the current one. */
  readonly upcasters: Readonly<Record<number, Upcaster>>;
}

const FIRST: Release = { version: 1, upcasters: {} };
const releases = new WeakMap<z.ZodType, Release>();

/** Declares that a schema has moved on. Throws at start-up when an older version could no longer be read. */
export function released<S extends z.ZodType>(schema: S, release: Release): S {
  for (let version = 1; version < release.version; version++) {
    if (release.upcasters[version] === undefined)
      throw new TypeError(`version ${release.version} needs an upcaster from version ${version}`);
  }
  releases.set(schema, release);
  return schema;
}

/** A body that holds another in one field has the versions of what it holds, and is upcast with it. */
export function carrying<S extends z.ZodType>(wrapper: S, field: string, inner: z.ZodType): S {
  const release = releases.get(inner);
  if (release === undefined) return wrapper;
  const upcasters = Object.entries(release.upcasters).map(([version, upcaster]) => [
    version,
    (older: unknown) =>
      typeof older === "object" && older !== null && Object.hasOwn(older, field)
        ? { ...older, [field]: upcaster((older as Record<string, unknown>)[field]) }
        : older,
  ]);
  return released(wrapper, { version: release.version, upcasters: Object.fromEntries(upcasters) });
}

/** The version in which bodies of this schema are written. */
export const versionOf = (schema: z.ZodType): number => (releases.get(schema) ?? FIRST).version;

/** Bodies of a schema that are read before it is compiled: that takes as long as reading some thousand of them. */
const READS_UNTIL_COMPILED = 256;

interface Reader {
  readonly release: Release;
  /** Compiled, once it is read often: the same outcomes with a fifth of the objects. */
  schema: z.ZodType;
  reads: number;
}
const readers = new WeakMap<z.ZodType, Reader>();

function readerOf(schema: z.ZodType): Reader {
  let reader = readers.get(schema);
  if (reader === undefined) {
    readers.set(schema, (reader = { release: releases.get(schema) ?? FIRST, schema, reads: 0 }));
  }
  if (++reader.reads === READS_UNTIL_COMPILED) reader.schema = z.compile(schema);
  return reader;
}

function upcast(release: Release, name: string, version: number, body: unknown): unknown {
  if (version > release.version || version < 1) {
    throw new Failure("unknown-version", `${name} version ${version} is not known here`, {
      meta: { schema: name, version, current: release.version },
      hint: "Upgrade this node, or have the sender use the current version.",
    });
  }
  let current = body;
  for (let from = version; from < release.version; from++) {
    try {
      current = release.upcasters[from]?.(current);
    } catch (cause) {
      throw new Failure("malformed", `${name} version ${from} cannot be read`, { cause });
    }
  }
  return current;
}

/**
 * Validates a body of any released version of a schema. Unknown fields are ignored.
 * Throws `unknown-version` and `malformed`, which names the first field that does not fit.
 */
export function readVersion<S extends z.ZodType>(
  schema: S,
  name: string,
  version: number,
  body: unknown,
): z.output<S> {
  const reader = readerOf(schema);
  const parsed = reader.schema.safeParse(upcast(reader.release, name, version, body));
  if (parsed.success) return parsed.data as z.output<S>;
  const issue = parsed.error.issues[0];
  const path = (issue?.path ?? []).map(String).join(".").slice(0, 200);
  throw new Failure("malformed", `${name} is not valid${path === "" ? "" : ` at ${path}`}`, {
    meta: { schema: name, version, path, problem: (issue?.message ?? "").slice(0, 300) },
  });
}

/** The validated body of a message that must be of the named schema. Throws as `readVersion`, and the body's failures. */
export function readBody<S extends z.ZodType>(envelope: Envelope, schema: S, name: string): z.output<S> {
  if (envelope.schema !== name) {
    throw new Failure("malformed", `expected ${name}, got ${envelope.schema}`, {
      hint: "The sender and this node disagree about the service: compare their versions.",
    });
  }
  return readVersion(schema, name, envelope.version, envelope.body());
}
