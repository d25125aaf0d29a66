import { afterAll, beforeEach, describe, expect, test } from "bun:test";
import { Failure } from "../../../protocol/failure.ts";
import { createHttp } from "../../../runtime/ports/http.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { parseCall } from "../call.ts";
import { openAiChat } from "./openai-chat.ts";

const KEY = "sk-secret-0123456789";
const MODEL = "openai/gpt-oss-20b";
const COMPLETION = {
  id: "cmpl-1",
  object: "chat.completion",
  choices: [
    {
      index: 0,
      finish_reason: "tool_calls",
      message: {
        role: "assistant",
        content: "Hello.",
        reasoning_content: "They greet.",
        tool_calls: [{ id: "c1", type: "function", function: { name: "add", arguments: '{"a":1}' } }],
      },
    },
  ],
  usage: {
    ...{ prompt_tokens: 21, completion_tokens: 9, total_tokens: 30 },
    completion_tokens_details: { reasoning_tokens: 4 },
  },
};

let handle: (request: Request, body: Record<string, unknown>) => Response | Promise<Response>;
const server = Bun.serve({
  port: 0,
  fetch: async (request) => handle(request, (await request.json()) as Record<string, unknown>),
});
afterAll(() => server.stop(true));
beforeEach(() => {
  handle = () => Response.json(COMPLETION);
});

const provider = openAiChat({
  ...{
    name: "llm",
    url: `http://127.0.0.1:${server.port}/v1/`,
    key: KEY,
    models: { [MODEL]: "gpt-oss-20b" },
  },
  http: createHttp(),
});
const chat = (more: object = {}, signal = new AbortController().signal) => {
  const kwargs = { model: MODEL, messages: [{ role: "user", content: "hi" }], ...more };
  return provider.call(parseCall(JSON.stringify({ tool: "llm_chat", kwargs })), {
    signal,
    maxBytes: 100_000,
  });
};

describe("a server with OpenAI's API", () => {
  test("is asked with its own name of the model, a bound on its output and nothing that was not allowed", async () => {
    let asked: unknown;
    handle = (request, body) => {
      asked = [new URL(request.url).pathname, request.headers.get("authorization"), body];
      return Response.json(COMPLETION);
    };
    await chat({ temperature: 0.5, max_output_tokens: 77, include: ["x"] });
    expect(asked).toEqual([
      "/v1/chat/completions",
      `Bearer ${KEY}`,
      {
        ...{ model: "gpt-oss-20b", max_tokens: 77, stream: false, temperature: 0.5 },
        messages: [{ role: "user", content: "hi" }],
      },
    ]);
  });

  test("answers in the words of Caster's SDK, reasoning counted as a part of the completion", async () => {
    const { response, usage } = await chat();
    expect(response).toEqual({
      id: "cmpl-1",
      choices: [
        {
          index: 0,
          message: {
            role: "assistant",
            content: [{ type: "text", text: "Hello.", data: null }],
            tool_calls: [{ id: "c1", type: "function", name: "add", arguments: '{"a":1}' }],
            refusal: null,
            reasoning: { text: "They greet." },
          },
          finish_reason: "tool_calls",
        },
      ],
      usage: { prompt_tokens: 21, completion_tokens: 9, total_tokens: 30, reasoning_tokens: 4 },
      metadata: { model: MODEL },
      finish_reason: "tool_calls",
    });
    expect(usage).toEqual({ promptTokens: 21, completionTokens: 9, reasoningTokens: 4, results: 0 });
  });

  test("that tells no usage has none", async () => {
    handle = () => Response.json({ ...COMPLETION, usage: undefined });
    expect((await chat()).usage).toBeUndefined();
  });

  test.each([
    [429, "overloaded", true, "provider"],
    [503, "overloaded", true, "provider"],
    [500, "provider", true, "provider"],
    [401, "provider", false, "provider"],
    [404, "provider", false, "provider"],
    [400, "refused", false, "miner"],
    [422, "refused", false, "miner"],
  ] as const)(
    "that answers %i: %s, retryable %p, owned by the %s",
    async (status, code, retryable, owner) => {
      handle = () => Response.json({ error: { message: "no" } }, { status, headers: { "retry-after": "3" } });
      const failure = await rejection(chat());
      expect([failure.code, failure.retryable, failure.owner]).toEqual([code, retryable, owner]);
      expect(failure.retryAfterMs).toBe(retryable ? 3_000 : undefined);
    },
  );

  test("that quotes the key back gets it into no message", async () => {
    handle = (request) => new Response(`bad ${request.headers.get("authorization")}`, { status: 401 });
    const failure = await rejection(chat());
    expect(JSON.stringify(failure.toWire())).not.toContain(KEY);
    expect(failure.meta?.said).toBe("bad Bearer ***");
  });

  test.each([
    ["no JSON", () => new Response("<html>")],
    ["no choices", () => Response.json({ choices: [] })],
    [
      "negative usage",
      () => Response.json({ ...COMPLETION, usage: { prompt_tokens: -1, completion_tokens: 0 } }),
    ],
    ["a redirect, which could lead anywhere", () => Response.redirect("http://127.0.0.1:1/")],
    ["nothing", () => new Response()],
  ])("that answers %s has failed", async (_, answer) => {
    handle = answer;
    expect((await rejection(chat())).code).toBe("provider");
  });

  test("that floods is cut off", async () => {
    handle = () => new Response("x".repeat(9 * 1024 * 1024));
    const failure = await rejection(chat());
    expect([failure.code, failure.retryable]).toEqual(["provider", false]);
  });

  test("that does not answer is left when the call is cancelled", async () => {
    handle = () => new Promise<Response>(() => {});
    const abort = new AbortController();
    const asked = chat({}, abort.signal);
    abort.abort();
    expect((await rejection(asked)).code).toBe("cancelled");
  });

  test("that is not there cannot be reached, and its address is told to nobody", async () => {
    const gone = openAiChat({
      ...{ name: "llm", url: "http://user:pass@127.0.0.1:1/v1", models: { m: "m" } },
      http: createHttp(),
    });
    const call = parseCall(
      JSON.stringify({
        tool: "llm_chat",
        kwargs: { model: "m", messages: [{ role: "user", content: "x" }] },
      }),
    );
    const failure = await rejection(
      gone.call(call, { signal: new AbortController().signal, maxBytes: 1 }).then(() => {}),
    );
    expect(failure).toBeInstanceOf(Failure);
    expect([failure.code, failure.retryable]).toEqual(["provider", true]);
    expect(JSON.stringify(failure.toWire())).not.toContain("pass");
  });
});
