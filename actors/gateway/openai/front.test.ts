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
  ])("refuses %s in one sentence", async (_, body) => {
    const response = await post(front, "/chat/completions", body);
    expect(response.status).toBe(400);
    const { error } = (await response.json()) as Told;
    expect(error.message.length).toBeLessThan(400);
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
