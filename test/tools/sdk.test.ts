/** The guest SDKs inside real isolates, against a real gateway. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { BlobRef } from "../../protocol/blob.ts";
import { type CaseResult, DEFAULT_LIMITS, type IsolateRequest } from "../../protocol/isolate.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
import type { ProviderAnswer } from "../../sandbox/tools/provider.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { MODEL, PROFILE, toolWorld } from "../support/tool-world.ts";

let backend: IsolateBackend;
beforeAll(async () => {
  backend = await provisionWasmtime();
}, 120_000);
afterAll(() => backend.close());

const CHAT: ProviderAnswer = {
  response: {
    id: "c",
    choices: [
      {
        index: 0,
        finish_reason: "stop",
        message: {
          role: "assistant",
          content: [{ type: "text", text: " Grüße 😀 ", data: null }],
          tool_calls: [{ id: "1", type: "function", name: "add", arguments: '{"a": 1}' }],
        },
      },
    ],
    usage: {},
  },
  results: [],
  usage: { promptTokens: 10, completionTokens: 4, reasoningTokens: 0, results: 0 },
};
const SEARCH: ProviderAnswer = {
  response: { data: [{ link: "https://a.example/", snippet: "a snippet", title: null }] },
  results: [{ url: "https://a.example/", note: "a snippet" }],
  usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: 1 },
};

async function run(
  runtime: "python" | "javascript",
  source: string,
  more: Partial<IsolateRequest> & { profile?: Partial<typeof PROFILE> } = {},
): Promise<{ cases: CaseResult[]; asked: unknown[] }> {
  const { profile, ...changes } = more;
  const world = await toolWorld((call) => (call.tool === "llm_chat" ? CHAT : SEARCH), {
    profile: profile ?? {},
  });
  const entry = runtime === "python" ? "agent.py" : "agent.mjs";
  const request = withSdk({
    ...{
      runtime,
      files: { [entry]: source },
      entry,
      cases: [{ text: "moon" }],
      limits: DEFAULT_LIMITS,
      seed: 1,
    },
    tools: { ...PROFILE, ...profile },
    ...changes,
  });
  const { cases } = await backend.run(request, { tools: world.session });
  return { cases, asked: world.asked };
}
const output = async (...given: Parameters<typeof run>) => {
  const { cases } = await run(...given);
  return cases[0]?.output ?? [cases[0]?.outcome, cases[0]?.detail, cases[0]?.stderr];
};

describe("the Python SDK", () => {
  test("runs a script as Caster's miners write them", async () => {
    const source = `
from caster_miner_sdk.api import llm_chat, search_web, tooling_info
from caster_miner_sdk.decorators import entrypoint
from caster_miner_sdk.query import Query, Response

@entrypoint("query")
async def answer(query: Query) -> Response:
    info = await tooling_info()
    found = await search_web(query.text, num=3)
    reply = await llm_chat(model=info.response["allowed_tool_models"][0], messages=[{"role": "user", "content": "sum up: " + found.response.data[0].snippet}], temperature=0.2)
    cited = found.results[0]
    return Response(text="|".join([reply.llm.raw_text, cited.url, cited.note, found.result_policy, str(reply.cost_usd), reply.llm.tool_calls[0].name, str(len(cited.result_id)), found.receipt_id, str(reply.usage.total_tokens)]))
`;
    const { cases, asked } = await run("python", source, { call: "query" });
    expect(cases[0]?.detail).toBeUndefined();
    expect(cases[0]?.output).toEqual({
      text: "Grüße 😀|https://a.example/|a snippet|referenceable|1.05e-05|add|32|s-1.2|14",
    });
    expect(asked).toEqual([
      { tool: "search_web", arguments: { query: "moon", num: 3, start: 0 } },
      {
        tool: "llm_chat",
        arguments: {
          model: MODEL,
          messages: [{ role: "user", content: "sum up: a snippet" }],
          temperature: 0.2,
          max_output_tokens: 1_024,
        },
      },
    ]);
  });

  test("runs entry points that take plain requests, under a name of their own", async () => {
    const source = `
from caster_miner_sdk.decorators import entrypoint
from caster_miner_sdk.verdict import VerdictOptions

@entrypoint("evaluate_criterion")
async def judge(request):
    options = VerdictOptions(request["verdict_options"])
    return {"verdict": options.validate(1), "justification": options.description_for(-1), "citations": []}
`;
    const verdict_options = [
      { value: -1, description: "Fail" },
      { value: 1, description: "Pass" },
    ];
    expect(
      await output("python", source, { call: "evaluate_criterion", cases: [{ verdict_options }] }),
    ).toEqual({
      ...{ verdict: 1, justification: "Fail", citations: [] },
    });
  });

  test("works with asyncio: gather, tasks, timeouts and sleeping", async () => {
    const source = `
import asyncio
from caster_miner_sdk.api import search_web, test_tool
from caster_miner_sdk.decorators import entrypoint

async def slow():
    await asyncio.sleep(0.01)
    return "slept"

@entrypoint("query")
async def query(request):
    task = asyncio.create_task(slow())
    a, b = await asyncio.gather(search_web("x"), test_tool("echo"))
    try:
        await asyncio.wait_for(asyncio.Event().wait(), 0.01)
    except asyncio.TimeoutError:
        late = True
    return [a.receipt_id, b.response.echo, await task, late]
`;
    expect(await output("python", source, { call: "query" })).toEqual(["s-1.1", "echo", "slept", true]);
  });

  test("raises errors that say whose fault they are, and lets the program go on", async () => {
    const source = `
from caster_miner_sdk.api import search_x, search_web, llm_chat, search_ai
from caster_miner_sdk.tools.proxy import ToolInvocationError
from caster_miner_sdk.decorators import entrypoint

@entrypoint("query")
async def query(request):
    seen = []
    for call in (
        lambda: search_x("x"),
        lambda: search_web("x", num=1000),
        lambda: search_web(float("nan")),
        lambda: search_web("x" * 600000),
        lambda: llm_chat(model="gpt-9", messages=[{"role": "user", "content": "x"}]),
        lambda: search_ai("x", tools=["web"], count=200),
    ):
        try:
            await call()
        except ToolInvocationError as error:
            seen.append([error.code, error.owner, error.receipt_id])
    return seen
`;
    expect(await output("python", source, { call: "query" })).toEqual([
      ["policy", "miner", "s-1.1"],
      ["malformed", "miner", "s-1.2"],
      ["malformed", "miner", null],
      ["too-large", "miner", null],
      ["policy", "miner", "s-1.3"],
      ["limit", "miner", "s-1.4"],
    ]);
  });

  test("keeps the program's own copy, and says that there are no tools where none are granted", async () => {
    const own = { "agent.py": "import caster_miner_sdk\ndef solve(x):\n    return caster_miner_sdk.MINE" };
    const files = { ...own, "caster_miner_sdk.py": "MINE = 1" };
    expect(await output("python", "", { files })).toBe(1);
    const source = withSdk({
      ...{ runtime: "python", files: {}, entry: "agent.py", limits: DEFAULT_LIMITS, seed: 1, tools: PROFILE },
    });
    const { tools: _, ...request } = {
      ...source,
      files: {
        ...source.files,
        "agent.py":
          "from caster_miner_sdk import invoke\ndef solve(x):\n    try:\n        invoke('test_tool')\n    except RuntimeError as error:\n        return str(error)",
      },
      cases: [1],
    };
    expect((await backend.run(request)).cases[0]?.output).toBe("policy: this task grants no tools");
  });
});

test("one session answers all cases of a job, also when one interpreter runs them all", async () => {
  const source = `
from caster_miner_sdk import invoke
def solve(x):
    return [invoke("test_tool", (x,))["receipt_id"], invoke("search_web", (), {"query": x})["budget"]["session_used_budget_usd"]]
`;
  for (const loop of [false, true]) {
    const { cases } = await run("python", source, { cases: ["a", "b"], loop });
    expect(cases.map(({ output }) => output)).toEqual([
      ["s-1.1", 0.0025],
      ["s-1.3", 0.005],
    ]);
  }
});

describe("the JavaScript SDK", () => {
  test("has the same names for modules", async () => {
    const source = `
import { llm_chat, search_web, test_tool, tooling_info } from "./caster_miner_sdk.mjs";
export async function query({ text }) {
  const info = await tooling_info();
  const [found, echo] = await Promise.all([search_web(text, { num: 3 }), test_tool("é")]);
  const reply = await llm_chat({ model: info.response.allowed_tool_models[0], messages: [{ role: "user", content: "hi" }] });
  return [reply.llm.raw_text, found.results[0].url, found.response.data[0].snippet, echo.response.echo, reply.cost_usd];
}`;
    expect(await output("javascript", source, { call: "query" })).toEqual([
      ...["Grüße 😀", "https://a.example/", "a snippet", "é", 0.0000105],
    ]);
  });

  test("and for scripts, with errors that say whose fault they are", async () => {
    const source = `
const { search_web, invoke, ToolInvocationError, entrypoint } = require("./caster_miner_sdk.cjs");
entrypoint("query", async () => {
  const seen = [];
  for (const call of [() => invoke("shell"), () => search_web("x", { num: 1000 }), () => search_web("x".repeat(600000))]) {
    try { await call(); } catch (error) { seen.push([error instanceof ToolInvocationError, error.code, error.owner, error.receiptId]); }
  }
  return seen;
});`;
    const files = { "agent.js": source };
    expect(await output("javascript", "", { files, entry: "agent.js", call: "query" })).toEqual([
      [true, "policy", "miner", "s-1.1"],
      [true, "malformed", "miner", "s-1.2"],
      [true, "too-large", "miner", null],
    ]);
  });
});

test("live, live again and replayed from receipts: the same output and the same fuel on every validator", async () => {
  const source = `
from caster_miner_sdk.api import llm_chat, search_web
from caster_miner_sdk.decorators import entrypoint

@entrypoint("query")
async def query(request):
    found = [await search_web("x") for _ in range(3)]
    reply = await llm_chat(model="${MODEL}", messages=[{"role": "user", "content": "hi"}])
    return [[str(dict(each)) for each in found], str(dict(reply))]
`;
  const blobs = createMemoryBlobs();
  const judge = async (tape?: BlobRef) => {
    const profile = { ...PROFILE, ...(tape === undefined ? {} : { tape }) };
    const world = await toolWorld((call) => (call.tool === "llm_chat" ? CHAT : SEARCH), { profile, blobs });
    const request = withSdk({
      ...{ runtime: "python", files: { "agent.py": source }, entry: "agent.py", call: "query", cases: [1] },
      ...{ limits: DEFAULT_LIMITS, seed: 1, tools: profile },
    });
    const { cases } = await backend.run(request, { tools: world.session });
    expect(cases[0]?.outcome).toBe("ok");
    const { evidence } = await world.session.close();
    return {
      seen: JSON.stringify([cases[0]?.output, cases[0]?.usage.fuel]),
      receipts: evidence.receipts,
      ...world,
    };
  };
  const live = await judge();
  const again = await judge();
  const replayed = await judge(live.receipts);
  expect(again.seen).toBe(live.seen);
  expect(replayed.seen).toBe(live.seen);
  expect([live.asked.length, replayed.asked.length]).toEqual([4, 0]);
});
