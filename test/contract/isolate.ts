/** What every isolate back end must do; each runs this suite with its own way of being made. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import {
  type CaseResult,
  DEFAULT_LIMITS,
  IsolateEvidence,
  type IsolateRequest,
} from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { isolateToolsContract } from "./isolate-tools.ts";

const ENOUGH = { ...DEFAULT_LIMITS, fuel: 6_000_000_000, memoryBytes: 96 * 1024 * 1024, outputBytes: 65_536 };

const python = (source: string, more: Partial<IsolateRequest> = {}): IsolateRequest => ({
  runtime: "python",
  files: { "main.py": source },
  entry: "main.py",
  cases: [1],
  limits: ENOUGH,
  seed: 7,
  ...more,
});

const codeOf = (run: Promise<unknown>): Promise<string> =>
  run.then(
    () => "ended",
    (error) => Failure.from(error).code,
  );

/** `tools`: the back end carries tool calls. */
export function isolateContract(
  name: string,
  open: () => Promise<IsolateBackend>,
  { tools = false }: { tools?: boolean } = {},
): void {
  describe(`isolate contract: ${name}`, () => {
    let backend: IsolateBackend;
    beforeAll(async () => {
      backend = await open();
    }, 120_000);
    afterAll(() => backend.close());

    const cases = async (request: IsolateRequest): Promise<CaseResult[]> =>
      IsolateEvidence.parse(await backend.run(request)).cases;
    const only = async (request: IsolateRequest): Promise<CaseResult> => {
      const results = await cases(request);
      expect(results).toHaveLength(1);
      return results[0]!;
    };
    const output = async (source: string, input: IsolateRequest["cases"]) =>
      (await cases(python(source, { cases: input ?? [] }))).map((result) => result.output);

    test("answers each case in order", async () => {
      expect(await output("def solve(x):\n    return x * 2", [1, "a", [1]])).toEqual([2, "aa", [1, 1]]);
    });

    test("gives JSON in and out exactly", async () => {
      const value = {
        empty: [],
        text: 'é 😀 " \\ \n \u0000 \u2028',
        numbers: [0.1, -5, 1e300, 2 ** 53 - 1],
        none: null,
      };
      expect(await output("def solve(x):\n    return x", [value, null, false])).toEqual([value, null, false]);
    });

    test("calls solve, else main, else solution, else a method of Solution, else the only function", async () => {
      const define = (...names: string[]) =>
        names.map((name) => `def ${name}(x):\n    return "${name}"\n`).join("");
      expect(await output(define("main", "solution", "solve"), [0])).toEqual(["solve"]);
      expect(await output(define("solution", "main"), [0])).toEqual(["main"]);
      expect(await output(define("helper", "solution"), [0])).toEqual(["solution"]);
      expect(await output("class Solution:\n    def solve(self, x):\n        return 'method'", [0])).toEqual([
        "method",
      ]);
      expect(await output(define("anything"), [0])).toEqual(["anything"]);
    });

    test("calls the named function before the usual ones", async () => {
      const request = python("def solve(x):\n    return 1\n\ndef named(x):\n    return 2", { call: "named" });
      expect((await only(request)).output).toBe(2);
    });

    test("spreads a list over two or more required parameters and over nothing else", async () => {
      expect(await output("def solve(a, b):\n    return a - b", [[5, 3]])).toEqual([2]);
      expect(await output("def solve(a, b, c=10):\n    return a + b + c", [[1, 2]])).toEqual([13]);
      expect(await output("def solve(a, b=0):\n    return [a, b]", [[1, 2]])).toEqual([[[1, 2], 0]]);
      expect(await output("def solve(*rest):\n    return len(rest)", [[1, 2]])).toEqual([1]);
      expect(await output("def solve():\n    return 'none'", [1])).toEqual(["none"]);
    });

    test("imports the other submitted files", async () => {
      const files = {
        "main.py":
          "import helper\nfrom lib.deep import value\ndef solve(x):\n    return helper.add(x) + value",
        "helper.py": "def add(x):\n    return x + 1",
        "lib/__init__.py": "",
        "lib/deep.py": "value = 100",
      };
      expect((await only(python("", { files }))).output).toBe(102);
    });

    test("runs a program on standard input when there are no cases", async () => {
      const { cases: _, ...request } = python(
        "import sys\nif __name__ == '__main__':\n    print(sys.stdin.read().upper())",
      );
      const result = await only({ ...request, stdin: "hello" });
      expect([result.outcome, result.stdout.trim(), result.output]).toEqual(["ok", "HELLO", undefined]);
    });

    test("tells a program's exit code", async () => {
      const { cases: _, ...request } = python("raise SystemExit(3)");
      expect((await only(request)).outcome).toBe("error");
    });

    test("keeps what was printed, beside the answer", async () => {
      const result = await only(
        python(
          "import sys\ndef solve(x):\n    print('out')\n    print('err', file=sys.stderr)\n    return x",
        ),
      );
      expect([result.output, result.stdout, result.stderr]).toEqual([1, "out\n", "err\n"]);
    });

    test("says what went wrong and in which line", async () => {
      const result = await only(python("def solve(x):\n    y = x\n    return y / 0"));
      expect(result.outcome).toBe("error");
      expect(result.detail).toContain("ZeroDivisionError");
      expect(result.detail).toContain("line 3");
    });

    test("judges every case on its own", async () => {
      const source =
        "def solve(x):\n    if x == 2:\n        while True:\n            pass\n    if x == 3:\n        raise ValueError\n    return x";
      const outcomes = (await cases(python(source, { cases: [1, 2, 3, 4] }))).map(({ outcome }) => outcome);
      expect([outcomes[0], outcomes[2], outcomes[3]]).toEqual(["ok", "error", "ok"]);
      expect(["fuel-limit", "cpu-limit", "timeout"]).toContain(outcomes[1]!);
    });

    test("ends a case at its wall limit although fuel is left", async () => {
      const limits = { ...ENOUGH, fuel: Number.MAX_SAFE_INTEGER, wallMs: 300 };
      const result = await only(python("def solve(x):\n    while True:\n        pass", { limits }));
      expect(result.outcome).toBe("timeout");
    });

    test("takes no answer that comes after its time, however late the timer looks", async () => {
      const limits = { ...ENOUGH, wallMs: 1 };
      const result = await only(python("def solve(x):\n    return sum(range(200000))", { limits }));
      expect(result.outcome).toBe("timeout");
      expect(result.usage.wallMs).toBeGreaterThan(1);
    });

    test("ends a case at its CPU limit", async () => {
      const limits = { ...ENOUGH, fuel: Number.MAX_SAFE_INTEGER, cpuMs: 200 };
      const result = await only(python("def solve(x):\n    while True:\n        pass", { limits }));
      expect(result.outcome).toBe("cpu-limit");
    });

    test("reports usage of its own measuring", async () => {
      const { usage } = await only(python("def solve(x):\n    return x"));
      expect(usage.wallMs).toBeGreaterThan(0);
      expect(usage.cpuMs).toBeGreaterThan(0);
    });

    test("names what ran it, exactly enough to run it again", async () => {
      const { isolate } = await backend.run(python("def solve(x):\n    return x"));
      expect(isolate).toMatchObject({ backend: backend.name, runtime: "python", limits: ENOUGH });
    });

    test("stops at once when cancelled, and throws cancelled", async () => {
      const limits = { ...ENOUGH, fuel: Number.MAX_SAFE_INTEGER, wallMs: 60_000, cpuMs: 60_000 };
      const endless = python("def solve(x):\n    while True:\n        pass", { limits });
      for (const afterMs of [0, 20, 300]) {
        const run = backend.run(endless, { signal: AbortSignal.timeout(afterMs) });
        expect(await codeOf(run)).toBe("cancelled");
      }
    });

    test("is cancelled before it starts by a signal that has fired", async () => {
      const run = backend.run(python("def solve(x):\n    return x"), { signal: AbortSignal.abort() });
      expect(await codeOf(run)).toBe("cancelled");
    });

    test("a submission without its entry file, or with too much of it, is the miner's fault", async () => {
      expect((await only(python("", { entry: "other.py" }))).outcome).toBe("error");
      const files = Object.fromEntries(
        Array.from({ length: 5 }, (_, index) => [`part${index}.py`, "#".repeat(1_000_000)]),
      );
      expect((await only(python("", { files: { "main.py": "", ...files } }))).outcome).toBe("policy");
    });

    test("refuses an input that is too large to hand over", async () => {
      const run = backend.run(python("def solve(x):\n    return x", { cases: ["x".repeat(5_000_000)] }));
      expect(await codeOf(run)).toBe("too-large");
    });

    test("hands over and takes back large values whole", async () => {
      const limits = { ...ENOUGH, outputBytes: 4_000_000 };
      const text = "é\n".repeat(300_000);
      expect((await only(python("def solve(x):\n    return x", { cases: [text], limits }))).output).toBe(
        text,
      );
    });

    if (tools) isolateToolsContract(() => backend);

    test("says that it is ready", async () => {
      expect(await backend.check()).toMatchObject({ ok: true });
    });
  });
}
