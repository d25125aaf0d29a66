import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { SAMPLES } from "../test/compatibility/samples.ts";
import { Json } from "./ids.ts";
import { SCHEMAS } from "./schemas.ts";

/** A copy of the first sample with one place changed; `undefined` removes the place. */
function changed(name: string, path: string, value: unknown): unknown {
  const root = structuredClone(SAMPLES.get(name)?.[0]);
  const keys = path === "" ? [] : path.split("/");
  const last = keys.pop();
  if (last === undefined) return value;
  const parent = keys.reduce<Record<string, unknown>>(
    (at, key) => at[key] as Record<string, unknown>,
    root as Record<string, unknown>,
  );
  if (value === undefined) delete parent[last];
  else parent[last] = value;
  return root;
}

const long = (length: number) => "x".repeat(length);
const many = <T>(count: number, value: T): T[] => Array.from({ length: count }, () => value);
const keyed = (count: number, value: unknown) =>
  Object.fromEntries(Array.from({ length: count }, (_, at) => [`k${at}`, value]));

/** Schema, place, a value there that is refused, and why one would send it. */
const REFUSED: readonly [string, string, unknown, string][] = [
  ["blob-ref", "sha256", "A".repeat(64), "upper-case digest"],
  ["blob-ref", "sha256", `${"a".repeat(64)}\n`, "digest with a newline"],
  ["blob-ref", "size", 64 * 1024 * 1024 + 1, "blob above the limit"],
  ["blob-ref", "size", 1.5, "fractional size"],
  ["blob-ref", "mediaType", long(129), "endless media type"],
  ["blobs.read.input", "offset", -1, "negative offset"],
  ["blobs.read.output", "", "text", "chunk that is not bytes"],
  ["case-result", "outcome", "great", "outcome outside the taxonomy"],
  ["case-result", "stdout", long(65_537), "flooded stdout"],
  ["case-result", "usage/fuel", -1, "negative fuel"],
  ["content", "", many(65, { type: "text", text: "" }), "too many parts"],
  ["content", "0/type", "video", "unknown kind of part"],
  ["content", "0/text", long(65_537), "text that belongs into a blob"],
  ["enrol-request", "nkey", `S${"A".repeat(55)}`, "a seed's prefix"],
  ["enrol-request", "signature", "0x00", "short signature"],
  ["enrol-request", "hotkey", "0OIl".repeat(12), "letters that SS58 does not have"],
  ["evidence", "observed/type", "hearsay", "unknown kind of evidence"],
  ["failure", "code", "mystery", "failure of no known kind"],
  ["failure", "meta", keyed(33, 1), "too many values"],
  ["failure", "message", long(1_001), "endless message"],
  ["isolate-request", "entry", "../main.py", "path out of the folder"],
  ["isolate-request", "entry", "/etc/passwd", "absolute path"],
  ["isolate-request", "entry", "-c", "path that reads as an option"],
  ["isolate-request", "entry", "a/", "folder as a file"],
  ["isolate-request", "entry", "a//b", "empty segment"],
  ["isolate-request", "entry", ".ssh/id", "hidden folder"],
  ["isolate-request", "call", "solve(1); import os", "code as a function name"],
  ["isolate-request", "cases", many(1_001, null), "too many cases"],
  ["isolate-request", "limits/wallMs", 0, "no time at all"],
  ["isolate-request", "limits/memoryBytes", 1e15, "memory of no machine"],
  ["isolate-request", "seed", 2 ** 32, "seed beyond 32 bits"],
  ["job-key", "attempt", 0, "attempt zero"],
  ["job-key", "task", "a/b", "slash that would make two keys one"],
  ["job-key", "submission", "", "empty id"],
  ["job-key", "subnet", "Long Context", "name that is no subject token"],
  ["judged-task", "sealed", undefined, "task without a sealed part"],
  ["metagraph", "neurons", many(4_097, {}), "too many neurons"],
  ["metagraph", "neurons/0/stake", -1, "negative stake"],
  ["metagraph", "neurons/0/uid", 65_536, "uid beyond 16 bits"],
  ["miner.submission.output", "status", "maybe", "unknown status"],
  ["nodes.report.input", "gauges", keyed(257, 1), "too many gauges"],
  ["nodes.report.input", "gauges/rssBytes", "many", "gauge that is no number"],
  ["nodes.report.input", "roles", ["king"], "unknown role"],
  ["program", "runtime", "perl", "unknown runtime"],
  ["public-task", "content", undefined, "task without content"],
  ["receipt", "cost", keyed(33, 1), "too many costs"],
  ["receipt", "prev", "", "receipt without a predecessor's digest"],
  ["record.round.opened", "tasks", many(4_097, {}), "too many tasks"],
  ["sandbox.run.input", "resultsTo", "a.>", "requester with a wildcard"],
  ["score", "accuracy", 1.01, "more than everything right"],
  ["score", "reward", -0.01, "negative reward"],
  ["score", "accuracy", Number.NaN, "accuracy that is no number"],
  ["scorer.judge.output", "ok", "yes", "result that is neither good nor bad"],
  ["source-files", "main.py", 1, "file that is no text"],
  ["source-files", "", { "../evil.py": "" }, "file outside the folder"],
  ["source-files", "", keyed(257, ""), "too many files"],
  ["standing", "outcomes/mystery", 1, "outcome of no known kind"],
  ["standing", "reward", 2, "reward above one"],
  ["stream-end", "bytes", -1, "negative length"],
  ["weight-vector", "values", [1, 2], "fewer values than uids"],
  ["weight-vector", "uids", [17, 1, 3], "uids that do not ascend"],
  ["weight-vector", "uids", [1, 1, 3], "the same uid twice"],
  ["weight-vector", "values", [0, 1, 2], "weight of zero"],
];

describe("schemas", () => {
  for (const [name, values] of SAMPLES) {
    test(`${name} accepts its samples and changes nothing in them`, () => {
      for (const value of values) expect(SCHEMAS.get(name)!.parse(value)).toEqual(value);
    });
  }

  for (const [name, path, value, why] of REFUSED) {
    test(`${name} refuses at ${path || "the top"}: ${why}`, () => {
      const schema = SCHEMAS.get(name)!;
      const result = schema.safeParse(changed(name, path, value));
      expect(result.success).toBe(false);
      // Refused for this place, not because the change broke something else.
      const first = result.error?.issues[0]?.path.map(String).join("/") ?? "";
      expect(path.startsWith(first) || first.startsWith(path)).toBe(true);
    });
  }

  test("ignore fields they do not know", () => {
    const blob = { sha256: "a".repeat(64), size: 1, colour: "red" };
    expect(SCHEMAS.get("blob-ref")!.parse(blob)).toEqual({ sha256: "a".repeat(64), size: 1 });
  });
});

type Check = { check: string; pattern?: RegExp };

const checksOf = (schema: z.ZodType): Check[] =>
  (schema._zod.def.checks ?? []).map(({ _zod }) => _zod.def as Check);

const patternsOf = (schema: z.ZodType): RegExp[] =>
  checksOf(schema).flatMap(({ pattern }) => (pattern === undefined ? [] : [pattern]));

/** Places of a schema that let a value grow without a bound of its own. */
function unbounded(schema: z.ZodType, path: string, seen: Set<z.ZodType>): string[] {
  if (seen.has(schema) || schema === Json) return [];
  seen.add(schema);
  const inner = (child: unknown, name: string) => unbounded(child as z.ZodType, `${path}/${name}`, seen);
  if (schema instanceof z.ZodString) {
    const finite = patternsOf(schema).some(
      ({ source }) => !/[*+]|,\}/.test(source.replace(/\[[^\]]*\]/g, "")),
    );
    return schema.maxLength !== null || finite ? [] : [path];
  }
  if (schema instanceof z.ZodArray) {
    const bounded = checksOf(schema).some(({ check }) => check === "max_length");
    return [...(bounded ? [] : [path]), ...inner(schema.element, "[]")];
  }
  if (schema instanceof z.ZodRecord) {
    const bounded = schema.keyType instanceof z.ZodEnum || schema.meta()?.maxProperties !== undefined;
    return [...(bounded ? [] : [path]), ...inner(schema.keyType, "key"), ...inner(schema.valueType, "value")];
  }
  if (schema instanceof z.ZodObject)
    return Object.entries(schema.shape).flatMap(([key, child]) => inner(child, key));
  if (schema instanceof z.ZodUnion) return schema.options.flatMap((option, at) => inner(option, `|${at}`));
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable || schema instanceof z.ZodDefault) {
    return inner(schema.unwrap(), "?");
  }
  if (schema instanceof z.ZodLazy) return inner(schema.unwrap(), "lazy");
  return [];
}

describe("bounds", () => {
  for (const [name, schema] of SCHEMAS) {
    test(`every string, array and record of ${name} has one`, () => {
      expect(unbounded(schema, name, new Set())).toEqual([]);
    });
  }

  test("are missed by this test only where there are none", () => {
    const open = z.object({
      text: z.string(),
      pattern: z.string().regex(/^a+$/),
      list: z.array(z.string().max(1)),
      map: z.record(z.string().max(1), z.number()),
      fine: z.string().regex(/^[a-z+*]{1,3}$/),
    });
    expect(unbounded(open, "open", new Set())).toEqual([
      "open/text",
      "open/pattern",
      "open/list",
      "open/map",
    ]);
  });
});
