/** What a server does to us that a good one never would, over real HTTP. */
import { afterEach, describe, expect, test } from "bun:test";
import { GenerateRequest } from "../../protocol/model.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { rejection } from "../../test/support/rejection.ts";
import { until } from "../../test/support/until.ts";
import { createOpenAiModel, type OpenAiOptions } from "./openai.ts";

const clock = createSystemClock();
const KEY = "sk-very-secret-1234";
const MODELS = { data: [{ id: "m" }] };
const USAGE = { prompt_tokens: 3, completion_tokens: 2 };

let running: ReturnType<typeof Bun.serve> | undefined;
afterEach(() => running?.stop(true));

type Answer = (body: Record<string, unknown>, request: Request) => Response | Promise<Response>;

/** A server whose every completion is answered by `answer`. */
function modelBehind(answer: Answer, changes: Partial<OpenAiOptions> = {}) {
  const server = Bun.serve({
    port: 0,
    hostname: "127.0.0.1",
    idleTimeout: 0,
    async fetch(request) {
      if (request.method === "GET") return Response.json(MODELS);
      return answer((await request.json()) as Record<string, unknown>, request);
    },
  });
  running = server;
  return createOpenAiModel({
    ...{ clock, rng: createSystemRng(), http: createHttp(), blobs: createMemoryBlobs() },
    baseUrl: `http://127.0.0.1:${server.port}/v1`,
    apiKey: () => KEY,
    dialect: "vllm",
    model: { id: "m", contextLength: 1_000 },
    slots: 4,
    ...changes,
  });
}

const events = (...list: unknown[]): Response =>
  new Response(
    list.map((event) => `data: ${typeof event === "string" ? event : JSON.stringify(event)}\n\n`).join(""),
  );
const piece = (content: string) => ({ choices: [{ index: 0, delta: { content } }] });
const stopped = { choices: [{ index: 0, delta: {}, finish_reason: "stop" }] };
const good = () => events(piece("Hel"), piece("lo"), stopped, { choices: [], usage: USAGE }, "[DONE]");

const asked = (changes: Record<string, unknown> = {}) =>
  GenerateRequest.parse({
    model: "m",
    input: { type: "messages", messages: [{ role: "user", content: [{ type: "text", text: "Hi" }] }] },
    ...changes,
  });
const run = (model: ReturnType<typeof modelBehind>, request = asked()) =>
  Array.fromAsync(model.generate(request));

describe("a server that limits its callers", () => {
  test("is asked again after the time it named, and everyone else waits as well", async () => {
    const at: number[] = [];
    const model = modelBehind(() => {
      at.push(clock.monotonic());
      return at.length === 1
        ? Response.json(
            { error: { message: "slow down" } },
            { status: 429, headers: { "retry-after-ms": "300" } },
          )
        : good();
    });
    const first = run(model);
    await until(() => at.length === 1, "the first request");
    // Its refusal has to arrive before anybody can heed it.
    await clock.sleep(100);
    const second = run(model);
    const [chunks] = await Promise.all([first, second]);
    expect(chunks.at(-1)).toMatchObject({ type: "end", finishReason: "stop" });
    expect(at.slice(1).every((time) => time - at[0]! >= 290)).toBe(true);
  });

  test("longer than the deadline allows is told at once, with the time", async () => {
    const limited = () => new Response("", { status: 429, headers: { "retry-after": "3600" } });
    const model = modelBehind(limited);
    const answer = model.generate(asked(), { deadline: clock.now() + 5_000 });
    const failure = await rejection(Array.fromAsync(answer));
    expect(failure).toMatchObject({ code: "overloaded", owner: "provider", retryable: true });
    expect(failure.retryAfterMs).toBeGreaterThan(3_500_000);
  });
});

describe("a server that is not there yet", () => {
  test("is asked again a bounded number of times", async () => {
    let asks = 0;
    const model = modelBehind(() => (++asks < 3 ? new Response("starting", { status: 503 }) : good()));
    expect((await run(model)).at(-1)).toMatchObject({ type: "end" });
    asks = Number.NEGATIVE_INFINITY;
    let refused = 0;
    const never = modelBehind(
      () => {
        refused++;
        return new Response("starting", { status: 503 });
      },
      { attempts: 3 },
    );
    expect((await rejection(run(never))).code).toBe("unavailable");
    expect(refused).toBe(3);
  });
});

test("what a server began is never asked for twice", async () => {
  let asks = 0;
  const model = modelBehind(() => {
    asks++;
    return new Response("boom", { status: 500 });
  });
  expect(await rejection(run(model))).toMatchObject({
    code: "provider",
    message: expect.stringContaining("boom"),
  });
  expect(asks).toBe(1);
});

test("a silent server is given up, and its connection with it", async () => {
  let left = false;
  const model = modelBehind(
    (_, request) => {
      request.signal.addEventListener("abort", () => (left = true));
      return new Response(new ReadableStream({ start() {} }));
    },
    { silenceMs: 200 },
  );
  expect(await rejection(run(model))).toMatchObject({
    code: "provider",
    message: expect.stringContaining("silent"),
  });
  await until(() => left, "the server sees that nobody listens");
});

test("a reader who leaves frees the server at once", async () => {
  let left = false;
  const model = modelBehind((_, request) => {
    request.signal.addEventListener("abort", () => (left = true));
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    void writable.getWriter().write(new TextEncoder().encode(`data: ${JSON.stringify(piece("word "))}\n\n`));
    return new Response(readable);
  });
  for await (const chunk of model.generate(asked())) {
    expect(chunk).toMatchObject({ type: "tokens", text: "word " });
    break;
  }
  await until(() => left, "the server sees that nobody listens");
});

test.each([
  ["breaks off", () => events(piece("Hel"))],
  ["does not say what it used", () => events(piece("Hel"), stopped, "[DONE]")],
  [
    "ends for a reason nobody knows",
    () => events(piece("x"), { choices: [{ finish_reason: "tired" }] }, { usage: USAGE }),
  ],
  ["sends what is no JSON", () => events("{")],
  ["sends what is no event of the API", () => events({ choices: [{ delta: { content: 7 } }] })],
  ["sends an event without end", () => new Response(`data: ${"x".repeat(2 * 1024 * 1024)}`)],
  ["sends what is no text", () => new Response(Uint8Array.of(0x64, 0xff, 0xfe, 0x0a, 0x0a))],
  ["answers with a page", () => new Response("<html>Welcome</html>")],
  ["fails after it has begun", () => events(piece("Hel"), { error: { message: "CUDA out of memory" } })],
  ["sends somebody else's address", () => Response.redirect("http://127.0.0.1:1/steal")],
])("an answer that %s is the provider's failure, not an answer", async (_, answer) => {
  const failure = await rejection(run(modelBehind(answer, { attempts: 1 })));
  expect(failure.code).toBeOneOf(["provider", "unavailable"]);
  expect(failure.toLine().length).toBeLessThan(1_500);
});

test("a server that repeats our key does not get it into an error", async () => {
  const model = modelBehind((_, request) =>
    Response.json({ error: { message: `no such ${request.headers.get("authorization")}` } }, { status: 401 }),
  );
  const failure = await rejection(run(model));
  expect(failure.code).toBe("unauthorised");
  expect(JSON.stringify(failure.toWire())).not.toContain(KEY);
});

test("what a server has no word for is refused, not dropped", async () => {
  const model = modelBehind(() => good(), { dialect: "openai" });
  for (const sampling of [
    { topK: 5 },
    { minP: 0.1 },
    { ignoreEnd: true },
    { stop: ["a", "b", "c", "d", "e"] },
  ]) {
    expect((await rejection(run(model, asked({ sampling })))).code).toBe("refused");
  }
  expect((await rejection(run(model, asked({ limits: { overflow: "truncate-middle" } })))).code).toBe(
    "refused",
  );
});

test("calls of tools come together from their pieces", async () => {
  const part = (call: object) => ({ choices: [{ index: 0, delta: { tool_calls: [call] } }] });
  let sent: Record<string, unknown> = {};
  const tools = [{ type: "function", function: { name: "search", parameters: {} } }];
  const model = modelBehind((body) => {
    sent = body;
    return events(
      part({ index: 0, id: "call-1", type: "function", function: { name: "search", arguments: '{"q":' } }),
      part({ index: 0, function: { arguments: '"orrery"}' } }),
      { choices: [{ index: 0, finish_reason: "tool_calls" }] },
      { usage: USAGE },
    );
  });
  const { input } = asked();
  const chunks = await run(model, asked({ input: { ...input, tools } }));
  expect(sent).toMatchObject({ tools, stream: true, stream_options: { include_usage: true } });
  expect(chunks).toMatchObject([
    {
      type: "tool-calls",
      calls: [{ id: "call-1", type: "function", function: { name: "search", arguments: '{"q":"orrery"}' } }],
    },
    { type: "end", finishReason: "tool_calls" },
  ]);
});

test("vLLM's prompt logprobs become scores, the token itself told from its alternatives", async () => {
  const entry = (logprob: number, rank: number, decoded_token: string) => ({ logprob, rank, decoded_token });
  const model = modelBehind((body) => {
    expect(body).toMatchObject({ prompt: [1, 2, 3], max_tokens: 1, prompt_logprobs: 1 });
    const prompt_logprobs = [
      null,
      { "2": entry(-3.5, 9, " b"), "7": entry(-0.1, 1, " g") },
      { "3": entry(-0.2, 1, " c") },
    ];
    return Response.json({ choices: [{ prompt_logprobs }], usage: USAGE });
  });
  const scored = await model.score({
    model: "m",
    context: [],
    input: { type: "tokens", tokens: [1, 2, 3] },
    top: 1,
  });
  expect(scored).toMatchObject({
    tokens: 3,
    scores: [
      { position: 1, token: 2, logprob: -3.5, text: " b", top: [{ token: 7, logprob: -0.1 }] },
      { position: 2, token: 3, logprob: -0.2, top: [{ token: 3 }] },
    ],
  });
});

test("the tokens of a long prompt, which vLLM repeats in its first event, are no reason to give it up", async () => {
  const prompt_token_ids = new Array<number>(400_000).fill(49_151);
  const long = () => events({ ...piece(""), prompt_token_ids }, piece("Hello"), stopped, { usage: USAGE });
  const ends = async (contextLength: number) =>
    (await run(modelBehind(long, { model: { id: "m", contextLength } }))).at(-1);
  expect(await ends(1_000_000)).toMatchObject({ type: "end" });
  expect(await rejection(ends(1_000))).toMatchObject({
    message: expect.stringContaining("larger than it may"),
  });
});

test("a server that was started to read less than the card says is found out before it is asked", async () => {
  const model = modelBehind(() => good(), { model: { id: "m", contextLength: 1_000 } });
  const listed = createHttp();
  const http: OpenAiOptions["http"] = async (url, init) =>
    init.method === "GET" ? Response.json({ data: [{ id: "m", max_model_len: 512 }] }) : listed(url, init);
  expect((await run(model)).length).toBeGreaterThan(1);
  const short = modelBehind(() => good(), { http });
  expect(await rejection(run(short))).toMatchObject({ code: "config", meta: { server: 512, card: 1_000 } });
});
