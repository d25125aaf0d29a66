/** Tool calls out of an isolate: the same for every back end that carries them. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { type CaseResult, DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { MAX_TOOL_ANSWER, type ToolSession } from "../../sandbox/tool-channel.ts";

const LIMITS = { ...DEFAULT_LIMITS, fuel: 6_000_000_000, memoryBytes: 96 * 1024 * 1024, outputBytes: 65_536 };
const GRANT: NonNullable<IsolateRequest["tools"]> = {
  tools: ["test_tool"],
  models: [],
  budget: { nanoUsd: 0, tokens: 0, calls: 1_000, bytes: 1_000_000, wallMs: 60_000 },
};
const CALL = "from _orrery_tools import call\n";

const request = (source: string, more: Partial<IsolateRequest> = {}): IsolateRequest => ({
  runtime: "python",
  files: { "main.py": CALL + source },
  entry: "main.py",
  cases: [1],
  limits: LIMITS,
  seed: 7,
  tools: GRANT,
  ...more,
});

export function isolateToolsContract(opened: () => IsolateBackend): void {
  describe("tool calls", () => {
    const run = async (asked: IsolateRequest, tools: ToolSession): Promise<CaseResult[]> =>
      (await opened().run(asked, { tools })).cases;
    const output = async (asked: IsolateRequest, tools: ToolSession) => {
      const [only] = await run(asked, tools);
      return only?.output ?? [only?.outcome, only?.detail];
    };

    test("reach the session in order, and their answers the program that called", async () => {
      const asked: string[] = [];
      const tools: ToolSession = {
        async call(text) {
          asked.push(text);
          return `answer ${asked.length}`;
        },
      };
      const source = "def solve(x):\n    return [call('a'), call('b'), call(str(x))]";
      const cases = await run(request(source, { cases: [1, 2] }), tools);
      expect(asked).toEqual(["a", "b", "1", "a", "b", "2"]);
      expect(cases.map((each) => each.output)).toEqual([
        ["answer 1", "answer 2", "answer 3"],
        ["answer 4", "answer 5", "answer 6"],
      ]);
    });

    test("carry large texts whole", async () => {
      const long = "x".repeat(MAX_TOOL_ANSWER);
      const source = "def solve(x):\n    return [len(call('y' * 524288)), call('z')[-5:]]";
      const sizes: number[] = [];
      const tools: ToolSession = {
        async call(text) {
          sizes.push(text.length);
          return long;
        },
      };
      expect(await output(request(source), tools)).toEqual([MAX_TOOL_ANSWER, "xxxxx"]);
      expect(sizes).toEqual([524_288, 1]);
    });

    test("that are too large end the case, and reach nobody", async () => {
      let calls = 0;
      const tools: ToolSession = { call: async () => `${++calls}` };
      const [result] = await run(request("def solve(x):\n    return call('y' * 524289)"), tools);
      expect([result?.outcome, calls]).toEqual(["output-limit", 0]);
    });

    test("end with the case: a session that does not answer is told, and the next case goes on", async () => {
      const ended: boolean[] = [];
      const tools: ToolSession = {
        call: (text, { signal }) =>
          text === "quick"
            ? Promise.resolve("ok")
            : new Promise((resolve) =>
                signal.addEventListener("abort", () => {
                  ended.push(true);
                  resolve("too late");
                }),
              ),
      };
      const limits = { ...LIMITS, wallMs: 400 };
      const asked = request("def solve(x):\n    return call(x)", { cases: ["slow", "quick"], limits });
      const cases = await run(asked, tools);
      expect(cases.map(({ outcome }) => outcome)).toEqual(["timeout", "ok"]);
      expect(ended).toEqual([true]);
    });

    test("are cut off by a cancellation", async () => {
      const abort = new AbortController();
      const tools: ToolSession = {
        call: (_, { signal }) =>
          new Promise((_resolve, reject) => {
            signal.addEventListener("abort", () => reject(new Error("ended")));
            abort.abort();
          }),
      };
      const run = opened().run(request("def solve(x):\n    return call('x')"), {
        tools,
        signal: abort.signal,
      });
      expect(
        await run.then(
          () => "ended",
          (error) => Failure.from(error).code,
        ),
      ).toBe("cancelled");
    });

    test("that no session can answer are never the program's fault", async () => {
      const tools: ToolSession = { call: async () => Promise.reject(new Error("the session broke")) };
      const source =
        "def solve(x):\n    try:\n        return call('x')\n    except BaseException:\n        return 'caught'";
      const seen = await run(request(source), tools).then(
        (cases) => cases[0]?.outcome,
        (error) => Failure.from(error).owner,
      );
      expect(["infra", "validator"]).toContain(seen!);
    });

    test("are not there for a program without a grant, and a grant without a session is refused", async () => {
      const { tools: _, ...without } = request("def solve(x):\n    return call('x')");
      const [result] = (await opened().run(without)).cases;
      expect([result?.outcome, result?.detail]).toEqual(["error", expect.stringContaining("_orrery_tools")]);
      const refused = opened().run(request("def solve(x):\n    return 1"));
      expect(
        await refused.then(
          () => "ended",
          (error) => Failure.from(error).code,
        ),
      ).toBe("refused");
    });
  });
}
