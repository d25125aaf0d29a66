/** The channel that answers come over, for each guest language: what comes out is exact, or malformed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Json } from "../../protocol/ids.ts";
import { type CaseResult, DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { provisionWasmtime } from "../../test/provision/isolates.ts";
import { answering, moduleRequest } from "../../test/support/wat.ts";
import type { WasmtimeBackend } from "./backend.ts";
import { Guest } from "./guest.ts";
import { report } from "./report.ts";
import { verdictOf } from "./verdict.ts";

type Scripted = "python" | "javascript";

const ECHO: Record<Scripted, string> = {
  python: "def solve(x):\n    return x",
  javascript: "const solve = (x) => x;",
};
/** Answers with the value of an expression in the language itself. */
const EVALUATE: Record<Scripted, string> = {
  python: "def solve(x):\n    return eval(x)",
  javascript: "const solve = (x) => (0, eval)('(' + x + ')');",
};
const ENTRY: Record<Scripted, string> = { python: "main.py", javascript: "main.js" };

/** What a JSON parser can be given that is exact in every language: well-formed text, finite numbers. */
const value = fc.jsonValue({ maxDepth: 5, stringUnit: "grapheme" }) as fc.Arbitrary<Json>;

describe("answers", () => {
  let backend: WasmtimeBackend;
  beforeAll(async () => {
    backend = await provisionWasmtime();
  }, 120_000);
  afterAll(() => backend.close());

  const run = async (runtime: Scripted, source: string, cases: Json[]): Promise<CaseResult[]> => {
    const request: IsolateRequest = {
      ...{ runtime, files: { [ENTRY[runtime]]: source }, entry: ENTRY[runtime], cases },
      ...{ limits: DEFAULT_LIMITS, loop: true, seed: 7 },
    };
    return (await backend.run(request)).cases;
  };
  const evaluated = async (runtime: Scripted, expressions: string[]) =>
    (await run(runtime, EVALUATE[runtime], expressions)).map(({ outcome, output }) =>
      outcome === "ok" ? output : outcome,
    );

  describe.each(["python", "javascript"] as const)("in %s", (runtime) => {
    test("give any JSON value back as it was given", async () => {
      const large = [2 ** 53, -(2 ** 63), 31_035_119_593_995_772, 1e20, 1e21, 5e-324, -0, "9".repeat(20)];
      const values = [...fc.sample(value, { numRuns: 400, seed: 20_261_121 }), ...large, large];
      const results = await run(runtime, ECHO[runtime], values);
      for (const [index, { outcome, output }] of results.entries()) {
        expect({ outcome, output: JSON.stringify(output) }).toEqual({
          outcome: "ok",
          output: JSON.stringify(values[index]),
        });
      }
    }, 60_000);

    test("are integers exactly, or malformed because no double is that integer", async () => {
      const near = fc.tuple(fc.integer({ min: 50, max: 70 }), fc.integer({ min: -3, max: 3 }), fc.boolean());
      const integers = [
        ...fc.sample(near, { numRuns: 150, seed: 1 }).map(([bits, off, minus]) => {
          const found = (1n << BigInt(bits)) + BigInt(off);
          return minus ? -found : found;
        }),
        ...fc.sample(fc.bigInt({ min: -(2n ** 200n), max: 2n ** 200n }), { numRuns: 50, seed: 2 }),
        10n ** 400n,
      ];
      const texts = integers.map((integer) => (runtime === "python" ? String(integer) : `${integer}n`));
      const found = await evaluated(runtime, texts);
      for (const [index, integer] of integers.entries()) {
        const exact = Number.isFinite(Number(integer)) && BigInt(Number(integer)) === integer;
        expect(found[index]).toBe(exact ? Number(integer) : "malformed");
      }
    });

    test("are numbers to the last bit", async () => {
      const numbers = fc.sample(fc.double({ noNaN: true, noDefaultInfinity: true }), {
        numRuns: 200,
        seed: 3,
      });
      const found = await evaluated(
        runtime,
        numbers
          .map((number) => (runtime === "python" ? `float('${number}')` : String(number)))
          .map((text, index) => (Object.is(numbers[index], -0) ? "-0.0" : text)),
      );
      for (const [index, number] of numbers.entries()) expect(Object.is(found[index], number)).toBe(true);
    });

    test("may be nested 64 levels deep and no deeper", async () => {
      const nested = (levels: number) => `${"[".repeat(levels)}${"]".repeat(levels)}`;
      const found = await evaluated(runtime, [nested(64), nested(65)]);
      expect([JSON.stringify(found[0]), found[1]]).toEqual([nested(64), "malformed"]);
    });

    test("may be as large as the limit and no larger", async () => {
      const text = runtime === "python" ? "'x' * 1_000_000" : "'x'.repeat(1_000_000)";
      const larger = runtime === "python" ? "'x' * 1_100_000" : "'x'.repeat(1_100_000)";
      const found = await evaluated(runtime, [text, larger]);
      expect([String(found[0]).length, found[1]]).toEqual([1_000_000, "output-limit"]);
    });
  });

  test("in Python are malformed when JSON cannot say them", async () => {
    const wrong = [
      ...[
        "float('nan')",
        "float('-inf')",
        "{1: 1, '1': 2}",
        "{None: 1, 'null': 2}",
        "'\\ud800'",
        "{'\\udfff': 1}",
      ],
      ...["{1, 2}", "b'x'", "1j", "object()", "[print]", "{(1, 2): 3}", "{'__proto__': 1}"],
      "(lambda a: (a.append(a), a)[1])([])",
    ];
    expect(await evaluated("python", wrong)).toEqual(wrong.map(() => "malformed"));
  });

  test("in JavaScript are malformed when JSON cannot say them", async () => {
    const wrong = [
      ...[
        "NaN",
        "-Infinity",
        "undefined",
        "[undefined]",
        "{ a: undefined }",
        "[1, , 2]",
        "() => 1",
        "Symbol('x')",
      ],
      ...["new Map([[1, 2]])", "new Set([1])", "new Uint8Array(3)", "/x/", "new Error('x')", "Object(1n)"],
      ..."'\\ud800'|{ '\\udfff': 1 }|JSON.parse('{\"__proto__\": 1}')|[Promise.resolve(1)]".split("|"),
      "((a) => (a.push(a), a))([])",
    ];
    expect(await evaluated("javascript", wrong)).toEqual(wrong.map(() => "malformed"));
    expect(
      await evaluated("javascript", ["new Date(0)", "{ toJSON: () => 5 }", "Promise.resolve(6)"]),
    ).toEqual(["1970-01-01T00:00:00.000Z", 5, 6]);
  });

  test("of a submitted module are what it wrote to descriptor 3, if that is strict JSON", async () => {
    const says = async (text: string, more = "") => {
      const bytes = Buffer.from(text);
      const data = [...bytes].map((byte) => `\\${byte.toString(16).padStart(2, "0")}`).join("");
      const module = answering(
        `(data (i32.const 70000) "${data}")
         (func (export "_start") (call $answer (i32.const 70000) (i32.const ${bytes.length})) ${more})`,
      );
      const { cases } = await backend.run(moduleRequest(module));
      return cases[0]?.outcome === "ok" ? cases[0].output : cases[0]?.outcome;
    };
    expect(await says('{"a":[1,2.5,"é"]}')).toEqual({ a: [1, 2.5, "é"] });
    expect(await says("[1")).toBe("malformed");
    expect(await says("1", "(call $exit (i32.const 0))")).toBe(1);
    expect(await says("1", "(call $exit (i32.const 1))")).toBe("error");
    expect(await says("1", "unreachable")).toBe("error");
    expect(await says("1", "(call $say (i32.const 70000) (i32.const 1))")).toBe(1);
  });

  test("are judged by the one strict parser, whatever bytes a module writes in whatever pieces", () => {
    const near = fc.oneof(
      fc.json().map((text) => Buffer.from(text)),
      fc
        .constantFrom(
          '{"a":1,"a":2}',
          "NaN",
          "1e999",
          '"\\ud800"',
          "9007199254740993",
          "01",
          "[1,]",
          "",
          " 1 ",
          "1 2",
        )
        .map((text) => Buffer.from(text)),
      fc.uint8Array({ maxLength: 40 }).map((bytes) => Buffer.from(bytes)),
    );
    fc.assert(
      fc.property(near, fc.nat(20), (bytes, cut) => {
        const request = { ...REQUEST, answers: "descriptor" } as const;
        const guest = new Guest(request);
        guest.output(3, [bytes.subarray(0, cut), bytes.subarray(cut)]);
        const usage = { wallMs: 1, cpuMs: 1 };
        const said = report({ end: "returned", message: "", guest, request, usage, fuel: 1 });
        const verdict = verdictOf(said, DEFAULT_LIMITS, false);
        let expected: unknown = "malformed";
        try {
          const text = new TextDecoder("utf-8", { fatal: true }).decode(bytes);
          expected = parseStrictJson(text, { maxLength: DEFAULT_LIMITS.outputBytes });
        } catch {
          // malformed
        }
        expect(verdict.outcome === "ok" ? verdict.output : verdict.outcome).toEqual(expected as Json);
      }),
      { numRuns: 500 },
    );
  });
});

const REQUEST = {
  ...{ args: [], env: [], stdin: "", inputs: [], files: {}, loop: false, nonce: "n", seed: 0, tools: false },
  ...{ fuel: 1e9, cpuMs: 1e3, wallMs: 1e3, memoryBytes: 1e6, outputBytes: 1e6 },
};
