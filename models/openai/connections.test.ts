/** Servers that close connections, by real sockets: what is asked must arrive once, or be known not to have. */
import { afterEach, expect, test } from "bun:test";
import { createServer, type Server, type Socket } from "node:net";
import { GenerateRequest } from "../../protocol/model.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { rejection } from "../../test/support/rejection.ts";
import { createOpenAiModel } from "./openai.ts";

let server: Server | undefined;
afterEach(() => server?.close());

const ANSWER = [
  { choices: [{ index: 0, text: "yes", finish_reason: "stop" }] },
  { choices: [], usage: { prompt_tokens: 1, completion_tokens: 1 } },
];
const sse = ANSWER.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("");

interface Asked {
  method: string;
  /** How many came before it on its connection. */
  before: number;
  socket: Socket;
}

/** Answers as `handle` says; true lets it be answered. */
async function modelAt(handle: (asked: Asked) => boolean) {
  const listening = createServer((socket) => {
    let [text, before] = ["", 0];
    socket.on("error", () => {});
    socket.on("data", (data) => {
      text += data;
      const end = text.indexOf("\r\n\r\n");
      const length = Number(/content-length: (\d+)/i.exec(text)?.[1] ?? 0);
      if (end < 0 || text.length < end + 4 + length) return;
      const method = text.split(" ", 1)[0]!;
      text = "";
      if (!handle({ method, before: before++, socket })) return;
      const body = method === "GET" ? JSON.stringify({ data: [{ id: "m" }] }) : sse;
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, "127.0.0.1", resolve));
  const { port } = listening.address() as { port: number };
  return createOpenAiModel({
    ...{ clock: createSystemClock(), rng: createSystemRng(), http: createHttp() },
    ...{ blobs: createMemoryBlobs(), baseUrl: `http://127.0.0.1:${port}/v1`, dialect: "openai" },
    model: { id: "m", contextLength: 1_000 },
  });
}

const request = GenerateRequest.parse({
  model: "m",
  input: { type: "prompt", prompt: [{ type: "text", text: "Hi" }] },
});

test("a server that hangs up on kept connections, just as they are used, is asked for each answer once", async () => {
  let asked = 0;
  const model = await modelAt(({ method, before, socket }) => {
    if (method === "POST") asked++;
    if (before === 0) return true;
    socket.resetAndDestroy();
    return false;
  });
  for (let n = 1; n <= 5; n++) {
    expect((await Array.fromAsync(model.generate(request))).at(-1)).toMatchObject({ type: "end" });
    expect(asked).toBe(n);
  }
});

test("a server that hangs up with a request in its hands is not asked again: it may have begun", async () => {
  let asked = 0;
  const model = await modelAt(({ method, socket }) => {
    if (method === "GET") return true;
    asked++;
    socket.resetAndDestroy();
    return false;
  });
  const failure = await rejection(Array.fromAsync(model.generate(request)));
  expect(failure).toMatchObject({ code: "provider", message: expect.stringContaining("hung up") });
  expect(asked).toBe(1);
});
