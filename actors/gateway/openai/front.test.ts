/** What callers of the front do wrong, and what its streams do; what they may rely on is in test/openai. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import type { Model } from "../../../models/model.ts";
import { createScriptedModel, type ScriptedOptions } from "../../../models/scripted/scripted.ts";
import type { Blobs } from "../../../runtime/ports/blobs.ts";
import { createSystemClock } from "../../../runtime/ports/system-clock.ts";
import { type FrontWorld, KEY, startFront } from "../../../test/openai/front-world.ts";

const clock = createSystemClock();
const scripted =
  (options: Partial<ScriptedOptions> = {}) =>
  (blobs: Blobs): Model =>
    createScriptedModel({ clock, blobs, answer: (text) => `You sent ${text.length} bytes.`, ...options });

const post = (front: FrontWorld, path: string, body: object | string) =>
  fetch(`${front.url}${path}`, {
    method: "POST",
    headers: { authorization: `Bearer ${KEY}` },
    body:
      typeof body === "string"
        ? body
        : body instanceof Uint8Array
          ? new Blob([body as Uint8Array<ArrayBuffer>])
          : JSON.stringify(body),
  });
const chat = (changes: object = {}) => ({
  model: "scripted",
  messages: [{ role: "user", content: "Hello" }],
  ...changes,
});
type Told = { error: { message: string; code: string | null; param: string | null } };

describe("a front", () => {
  let front: FrontWorld;
  beforeAll(async () => {
    front = await startFront({ model: scripted() });
  });
  afterAll(() => front[Symbol.asyncDispose]());

  test.each([
    ["no JSON", "{"],
    ["bytes that are no text", Uint8Array.of(0xff, 0xfe)],
    ["an empty body", ""],
    ["a list", []],
    ["a message without a role", chat({ messages: [{ content: "x" }] })],
    [
      "a picture",
      chat({ messages: [{ role: "user", content: [{ type: "image_url", image_url: { url: "x" } }] }] }),
    ],
    ["a temperature that is text", chat({ temperature: "hot" })],
    ["a context that is no reference", chat({ context: [{ sha256: "../../etc/passwd", size: 1 }] })],
    ["more stop texts than there may be", chat({ stop: Array(40).fill("x") })],
    ["a name with a line break", chat({ model: "a\nb" })],
    ["sixteen megabytes of open brackets", "[".repeat(16_000_000)],
    ["more choices than there may be", chat({ n: 17 })],
    ["a user's turn without content", chat({ messages: [{ role: "user", content: null }] })],
    ["a turn with a field that nobody knows", chat({ messages: [{ role: "user", content: "a", mood: 1 }] })],
    ["alternatives without log probabilities", chat({ top_logprobs: 2 })],
    ["usage of a stream that is none", chat({ stream_options: { include_usage: true } })],
    ["a choice among no tools", chat({ tool_choice: "required" })],
    ["an answer of no tokens", chat({ max_completion_tokens: 0 })],
    ["a grammar that the model cannot keep to", chat({ response_format: { type: "json_object" } })],
    ["odds of a token", chat({ logit_bias: { "50256": -100 } })],
    ["an answer to be heard", chat({ modalities: ["text", "audio"] })],
    ["a field that nobody knows", chat({ guided_json: {} })],
  ])("refuses %s in one sentence", async (_, body) => {
    const response = await post(front, "/chat/completions", body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as Told;
    expect(error.message.length).toBeLessThan(400);
  });

  test("names the field that is wrong", async () => {
    for (const [param, changes] of [
      ["frobnicate", { frobnicate: 1 }],
      ["logit_bias.7", { logit_bias: { 7: 1 } }],
      ["functions", { functions: [{}] }],
      ["reasoning_effort", { reasoning_effort: "high" }],
      ["top_logprobs", { top_logprobs: 2 }],
      ["tools", { tools: [{ type: "function", function: { name: "f" } }] }],
      ["response_format", { response_format: { type: "json_object" } }],
      ["min_tokens", { min_tokens: 5 }],
      ["messages.0.content", { messages: [{ role: "user", content: [{ type: "image_url" }] }] }],
    ] as const) {
      const { error } = (await (await post(front, "/chat/completions", chat(changes))).json()) as Told;
      expect(error).toMatchObject({ param, type: "invalid_request_error" });
      expect(error.message).toStartWith(`${param}: `);
    }
  });

  test("takes what says nothing: no tools, plain text, a user's name", async () => {
    const turns = [
      { role: "developer", content: [{ type: "text", text: "Be brief." }], name: null },
      { role: "user", content: "a" },
      { role: "assistant", content: null, refusal: null, tool_calls: [], annotations: [], reasoning: "hm" },
      { role: "user", content: "b", name: "bo" },
    ];
    const body = chat({
      messages: turns,
      ...{ min_tokens: 0, length_penalty: 1, stop_token_ids: [], skip_special_tokens: true },
      ...{ prompt_logprobs: null, chat_template_kwargs: null, verbosity: "medium", function_call: "auto" },
      ...{ tools: [], tool_choice: "none", response_format: { type: "text" }, logit_bias: {}, n: 1 },
      ...{ user: "u", metadata: { a: "b" }, store: false, modalities: ["text"], functions: null, stop: [] },
      ...{ stream: true, stream_options: { include_obfuscation: false, continuous_usage_stats: false } },
    });
    expect((await post(front, "/chat/completions", body)).status).toBe(200);
  });

  test("says in OpenAI's words which paths and methods there are", async () => {
    const ask = async (method: string, path: string) => {
      const response = await fetch(front.url + path, { method });
      const { error } = (await response.json()) as Told;
      return [response.status, error.code, response.headers.get("allow")];
    };
    expect(await ask("GET", "/chat/completions")).toEqual([405, "method_not_supported", "POST"]);
    expect(await ask("DELETE", "/models/scripted")).toEqual([405, "method_not_supported", "GET"]);
    expect(await ask("OPTIONS", "/embeddings")).toEqual([405, "method_not_supported", "POST"]);
    expect(await ask("POST", "/responses")).toEqual([404, "unknown_url", null]);
    const headers = { authorization: `Bearer ${KEY}` };
    for (const name of ["nope", "%E0%A4%A", "..%2f..%2fetc"]) {
      const response = await fetch(`${front.url}/models/${name}`, { headers });
      expect([response.status, ((await response.json()) as Told).error.code]).toEqual([
        404,
        "model_not_found",
      ]);
    }
  });

  test("turns strangers away before it reads what they send", async () => {
    let sent = 0;
    const body = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (++sent > 1_000) controller.close();
        else controller.enqueue(new Uint8Array(64 * 1024));
      },
    });
    const headers = { authorization: "Bearer sk-wrong" };
    const response = await fetch(`${front.url}/blobs`, { method: "POST", headers, body }).catch(
      () => undefined,
    );
    expect(response?.status ?? 401).toBe(401);
    expect(sent).toBeLessThan(900);
  });

  test("reads no more than it allows, and says where to send a long context", async () => {
    const response = await post(front, "/chat/completions", new Uint8Array(17 * 1024 * 1024).fill(0x20));
    expect(response.status).toBe(400);
    expect(((await response.json()) as Told).error.message).toContain("/v1/blobs");
  });

  test("takes a conversation of megabytes, though no message on the network is that large", async () => {
    const response = await post(
      front,
      "/chat/completions",
      chat({ messages: [{ role: "user", content: "x".repeat(3_000_000) }] }),
    );
    const { usage } = (await response.json()) as { usage: { prompt_tokens: number } };
    expect(usage.prompt_tokens).toBeGreaterThan(3_000_000);
  });

  test("tells how far a long prompt has been read, as comments that clients skip", async () => {
    const messages = [{ role: "user", content: "x".repeat(300_000) }];
    const text = await (await post(front, "/chat/completions", chat({ stream: true, messages }))).text();
    expect(text).toMatch(/^: read \d+ of 300\d+ tokens$/m);
    expect(text).toEndWith("data: [DONE]\n\n");
  });
});

test("who asks for no number of tokens gets what the context has room for; a number is not made smaller", async () => {
  const answer = () => "word ".repeat(100);
  await using front = await startFront({ model: scripted({ contextLength: 300, answer }) });
  const done = await post(front, "/chat/completions", chat());
  const { usage, choices } = (await done.json()) as {
    usage: { prompt_tokens: number; completion_tokens: number };
    choices: { finish_reason: string }[];
  };
  expect(usage.prompt_tokens + usage.completion_tokens).toBe(300);
  expect(choices[0]?.finish_reason).toBe("length");
  const refused = await post(front, "/chat/completions", chat({ max_tokens: 299 }));
  expect(((await refused.json()) as Told).error.code).toBe("context_length_exceeded");
});

test("what a caller has read is found by that caller, and by who sends the same salt", async () => {
  const spaces: (string | undefined)[] = [];
  const model = (blobs: Blobs): Model => {
    const own = scripted()(blobs);
    const generate: Model["generate"] = (request, options) => {
      spaces.push(options?.space);
      return own.generate(request, options);
    };
    return Object.create(own, { generate: { value: generate } });
  };
  await using front = await startFront({ model });
  for (const changes of [{}, {}, { cache_salt: "of many" }, { n: 2 }]) {
    expect((await post(front, "/chat/completions", chat(changes))).status).toBe(200);
  }
  const [own] = spaces;
  expect(own).toStartWith("caller ");
  expect(spaces).toEqual([own, own, "salt of many", own, own]);
  expect((await post(front, "/chat/completions", chat({ cache_salt: "" }))).status).toBe(400);
});

test("a context that is too long is refused, cut or read in parts as asked, and what was done is told", async () => {
  await using front = await startFront({ model: scripted({ contextLength: 2_000 }) });
  const sent = await post(front, "/blobs", "word ".repeat(2_000));
  const context = [await sent.json()];
  const ask = async (overflow: string | undefined) => {
    const body = chat({ context, max_tokens: 50, ...(overflow === undefined ? {} : { overflow }) });
    return (await post(front, "/chat/completions", body)).json() as Promise<
      Told & {
        usage: { prompt_tokens: number; prompt_tokens_details: { dropped_tokens: number; passes: number } };
      }
    >;
  };
  expect((await ask(undefined)).error.code).toBe("context_length_exceeded");
  const cut = (await ask("truncate-middle")).usage;
  expect(cut.prompt_tokens).toBe(1_950);
  expect(cut.prompt_tokens_details.dropped_tokens).toBeGreaterThan(8_000);
  const parts = (await ask("map-reduce")).usage;
  expect(parts.prompt_tokens_details.passes).toBeGreaterThan(5);
  expect(parts.prompt_tokens).toBeGreaterThan(10_000);
});

test("a model that fails in the middle of a stream says so in it, and does not call it done", async () => {
  await using front = await startFront({
    model: scripted({ behaviour: { type: "crashing", afterChunks: 2 } }),
  });
  const text = await (await post(front, "/chat/completions", chat({ stream: true }))).text();
  expect(text).toContain('"code":"unavailable"');
  expect(text).not.toContain("[DONE]");
});

test("a model that fails before the first word is an error with a status", async () => {
  await using front = await startFront({ model: scripted({ behaviour: { type: "refusing" } }) });
  const response = await post(front, "/chat/completions", chat({ stream: true }));
  expect(response.status).toBe(400);
  expect(((await response.json()) as Told).error.code).toBe("unsupported");
});

test("a caller who asks too often is told when to come back", async () => {
  await using front = await startFront({ model: scripted(), rate: { burst: 1, perMs: 30_000 } });
  await post(front, "/chat/completions", chat());
  const response = await post(front, "/chat/completions", chat());
  expect(response.status).toBe(429);
  expect(Number(response.headers.get("retry-after"))).toBeGreaterThan(20);
});
