/** Tool calls out of an isolate: the same for every back end that carries them. */
import { describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import { type CaseResult, DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { asciiJson } from "../../sandbox/python/program.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
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

    test("are made through the SDK as scripts for Caster make them, with asyncio", async () => {
      const source = `
import asyncio
from caster_miner_sdk.api import search_web, test_tool
from caster_miner_sdk.decorators import entrypoint

async def later(value):
    await asyncio.sleep(0.01)
    return value

@entrypoint("query")
async def query(request):
    task = asyncio.create_task(later("slept"))
    told, found = await asyncio.gather(test_tool("grüße"), search_web(request.text))
    return [told.response.echo, found.receipt_id, await asyncio.wait_for(task, 5)]
`;
      const asked: unknown[] = [];
      const tools: ToolSession = {
        async call(text) {
          const { tool, args, kwargs } = JSON.parse(text) as {
            tool: string;
            args: unknown[];
            kwargs: object;
          };
          asked.push([tool, args, kwargs]);
          const response = { status: "ok", echo: args[0] ?? "" };
          const envelope = {
            receipt_id: `r-${asked.length}`,
            response,
            results: [],
            result_policy: "log_only",
          };
          return asciiJson({ ...envelope, cost_usd: 0, usage: null, budget: {} });
        },
      };
      const { files } = request(source);
      const sdk = withSdk(request("", { files, call: "query", cases: [{ text: "moon" }] }));
      expect(await output(sdk, tools)).toEqual(["grüße", "r-2", "slept"]);
      expect(asked).toEqual([
        ["test_tool", ["grüße"], {}],
        ["search_web", [], { query: "moon" }],
      ]);
    });

    // Where a call is a message to the host this is standard error; elsewhere it is a socket of its own.
    const hostile: Record<string, string> = {
      "writes no length": "os.write(TOOLS, b'x' * 100)",
      "tells a negative length": "os.write(TOOLS, b'-000000000000001')",
      "tells more than may be asked": "os.write(TOOLS, b'9' * 16)",
      "asks again before it was answered": "os.write(TOOLS, (b'%016d' % 1 + b'a') * 50)",
      "tells a length and writes no more": "os.write(TOOLS, b'%016d' % 100)",
      "closes the channel": "os.close(TOOLS)",
      "floods the channel":
        "os.set_blocking(TOOLS, False)\n    [os.write(TOOLS, b'y' * 65536) for _ in range(1000)]",
      "leaves its answers unread": "[os.write(TOOLS, b'%016d' % 1 + b'a') for _ in range(2)]",
    };
    test.each(Object.entries(hostile))("a program that %s harms nobody but itself", async (_, misuse) => {
      let asked = 0;
      const tools: ToolSession = {
        async call() {
          asked++;
          return "z".repeat(100_000);
        },
      };
      const source = `import os\nTOOLS = call.__closure__[call.__code__.co_freevars.index("TOOLS")].cell_contents\ndef solve(x):\n    if x == 'misuse':\n        try:\n            ${misuse.replaceAll("\n    ", "\n            ")}\n        except OSError:\n            pass\n    return call('b')[:1]`;
      const limits = { ...LIMITS, wallMs: 1_500 };
      const cases = await run(request(source, { cases: ["misuse", "well"], limits }), tools);
      expect(cases.map(({ outcome }) => outcome)).not.toContain("infra");
      expect([cases[1]?.outcome, cases[1]?.output]).toEqual(["ok", "z"]);
      expect(asked).toBeLessThan(60);
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
