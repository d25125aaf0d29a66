/** An agent run by hand with real servers behind its tools, and what anyone can check of it afterwards. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { runVerb } from "../test/support/cli.ts";
import { tempFolder } from "../test/support/temp-folder.ts";

const CACHE = resolve(import.meta.dir, "../.orrery/cache");
const KEY = "sk-very-secret-0123456789";
const AGENT = `
from caster_miner_sdk.api import fetch_page, llm_chat, search_web
from caster_miner_sdk.decorators import entrypoint
from caster_miner_sdk.query import Query, Response

@entrypoint("query")
async def query(request: Query) -> Response:
    found = await search_web(request.text, num=1)
    page = await fetch_page(found.results[0].url)
    reply = await llm_chat(model="acme/one", messages=[{"role": "user", "content": page.response.data[0].content}])
    return Response(text=reply.llm.raw_text)
`;
const folder = tempFolder();
const at = (...path: string[]) => join(folder.path, ...path);
const cli = (...args: string[]) => runVerb(args, { cwd: folder.path });
const isolate = (...args: string[]) =>
  cli(
    "isolate",
    "agent.py",
    "--cases",
    "q.jsonl",
    "--call",
    "query",
    "--cache",
    CACHE,
    "--tools",
    "tools.json",
    ...args,
  );

let asked: { authorization: string | null; model: unknown }[] = [];
const server = Bun.serve({
  port: 0,
  fetch: async (request) => {
    const { model, messages } = (await request.json()) as { model: string; messages: { content: string }[] };
    asked.push({ authorization: request.headers.get("authorization"), model });
    return Response.json({
      ...{ model: `${model}-it`, system_fingerprint: "fp_7" },
      choices: [{ message: { content: `I read: ${messages[0]?.content}` }, finish_reason: "stop" }],
      usage: { prompt_tokens: 20, completion_tokens: 10 },
    });
  },
});

const tools = (changes: object = {}) =>
  writeFileSync(
    at("tools.json"),
    JSON.stringify({
      corpus: "corpus.jsonl",
      llm: [
        {
          ...{ name: "llm", url: `http://127.0.0.1:${server.port}/v1`, keyFile: "key.txt" },
          models: { "acme/one": "one-7b" },
        },
      ],
      prices: { version: "mine-1", models: { "acme/one": { input: 100, output: 200, reasoning: 200 } } },
      ...changes,
    }),
  );

beforeAll(() => {
  writeFileSync(at("agent.py"), AGENT);
  writeFileSync(at("q.jsonl"), '{"text":"moon"}\n');
  writeFileSync(at("key.txt"), `${KEY}\n`);
  writeFileSync(at("corpus.jsonl"), '{"url":"https://a.example/moon","title":"Moon","text":"The moon."}\n');
  tools();
});
afterAll(() => {
  void server.stop(true);
  folder[Symbol.dispose]();
});

const books = () =>
  readdirSync(at("receipts"), { recursive: true, encoding: "utf8" })
    .map((name) => at("receipts", name))
    .filter((path) => /[0-9a-f]{64}$/.test(path) && readFileSync(path, "utf8").startsWith('{"receipts":[{'));

describe("an agent run by hand", () => {
  test("searches, reads and asks a model, and leaves receipts that hold", async () => {
    const { code, out } = await isolate("--receipts", "receipts");
    expect(out).toContain('case 1: ok {"text":"I read: The moon."}');
    expect(out).toMatch(/tools: 3 calls \(0 failed\), \$0\.003004, 30 tokens; receipts: receipts/);
    expect(code).toBe(0);
    expect(asked).toEqual([{ authorization: `Bearer ${KEY}`, model: "one-7b" }]);
    const verified = await cli("receipts", "verify", "receipts");
    expect(verified.out).toContain(
      "3 calls (0 failed), $0.003004, 6 requests and answers compared, signed by 5",
    );
    expect(verified.code).toBe(0);
    const shown = await cli("receipts", "show", books()[0]!);
    expect(shown.out).toMatch(/1 +tool\.search_web +corpus#[0-9a-f]{12} +ok/);
    expect(shown.out).toMatch(
      /3 +tool\.llm_chat +llm +one-7b-it fp_7, as its server says +ok +30 +\$0\.000004/,
    );
  }, 60_000);

  test("is answered from what was recorded when that is asked for, its servers gone", async () => {
    tools({ answers: "replay" });
    asked = [];
    const { out, code } = await isolate("--receipts", "receipts", "--json");
    tools();
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      cases: [{ output: { text: "I read: The moon." } }],
      tools: { calls: 3, failed: 0, spent: { nanoUsd: 3_004_000, tokens: 30 } },
    });
    expect(asked).toEqual([]);
  }, 60_000);

  test("keeps to its budget", async () => {
    const { out, code } = await isolate("--receipts", "poor", "--budget", '{"nanoUsd":2500000}', "--json");
    const { cases, tools: used } = JSON.parse(out);
    expect([cases[0].outcome, used.spent.nanoUsd, code]).toEqual(["error", 2_500_000, 10]);
    expect(cases[0].detail).toContain("limit: the session's budget of nanoUsd");
  }, 60_000);

  test("has no key in anything that is written or printed", async () => {
    const { out, error } = await isolate("--receipts", "receipts", "--json");
    const files = readdirSync(at("receipts"), { recursive: true, encoding: "utf8" });
    const written = files.map((name) => {
      try {
        return readFileSync(at("receipts", name), "latin1");
      } catch {
        return ""; // a folder
      }
    });
    expect([out, error, ...written].filter((text) => text.includes(KEY))).toEqual([]);
  }, 60_000);
});

describe("receipts verify", () => {
  const changed = async (path: string, change: (text: string) => string) => {
    const before = readFileSync(path, "utf8");
    expect(change(before)).not.toBe(before);
    writeFileSync(path, change(before));
    const ran = await cli("receipts", "verify", "receipts");
    writeFileSync(path, before);
    return ran;
  };

  test("names the book that was changed, wherever that was", async () => {
    const [book] = books();
    const beginning = await changed(book!, (text) => text.replace('{"receipts"', '{"Receipts"'));
    expect([beginning.code, beginning.out]).toEqual([
      1,
      expect.stringContaining(`WRONG ${book!.slice(folder.path.length + 1)}`),
    ]);
    const alone = at("copy.json");
    writeFileSync(alone, readFileSync(book!, "utf8").replace('"tokens":30', '"tokens":31'));
    const { code, out } = await cli("receipts", "verify", "copy.json");
    expect([code, out.trim()]).toEqual([
      1,
      "WRONG copy.json: receipt 3: its signature is not that of its content",
    ]);
  });

  test("names the answer that was changed, and the one that is missing", async () => {
    const answer = readdirSync(at("receipts"), { recursive: true, encoding: "utf8" })
      .map((name) => at("receipts", name))
      .find((path) => /[0-9a-f]{64}$/.test(path) && readFileSync(path, "utf8").includes("I read: The moon."));
    const { code, out } = await changed(answer!, (text) => text.replace("The moon.", "The sun.."));
    expect(code).toBe(1);
    expect(out).toContain(`receipt 3: its answer ${answer!.slice(-64)} was changed`);
    renameSync(answer!, at("away"));
    const missing = await cli("receipts", "verify", "receipts");
    renameSync(at("away"), answer!);
    expect(missing.code).toBe(1);
    expect(missing.out).toContain(`receipt 3: its answer ${answer!.slice(-64)} is missing`);
  });

  test("tells another signer than the one asked for", async () => {
    const other = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
    const { code, out } = await cli("receipts", "verify", books()[0]!, "--signer", other, "--json");
    expect([code, JSON.parse(out).ok]).toEqual([1, false]);
  });

  test.each([
    [["verify", "nowhere"], "there is no file nowhere"],
    [["verify", "."].slice(0, 1), "say verify or show"],
    [["look", "x"], "say verify or show"],
    [["show", "agent.py"], "agent.py holds no receipts"],
  ])("receipts %p is refused in one line", async (args, says) => {
    const { code, error } = await cli("receipts", ...args);
    expect([code, error.split("\n").length]).toEqual([2, 2]);
    expect(error).toContain(says);
  });
});

describe("a tools file", () => {
  const refused: [string, object | string, string][] = [
    ["that is not there", "", "tools.json does not exist"],
    ["with a field that nobody knows", { serch: {} }, 'Unrecognized key: "serch"'],
    ["whose key is nowhere", { search: { url: "http://127.0.0.1:1", keyEnv: "NO_SUCH_KEY" } }, "NO_SUCH_KEY"],
    ["whose corpus is not there", { corpus: "nowhere.jsonl" }, "the corpus nowhere.jsonl cannot be read"],
    [
      "with a price that is none",
      { prices: { version: "x", search_web: { call: -1 } } },
      "prices.search_web.call",
    ],
    ["with a model that is nowhere", { models: { a: "no-such-model" } }, "no-such-model"],
  ];
  test.each(refused)(
    "%s is refused in one line",
    async (_, content, says) => {
      using other = tempFolder();
      for (const name of ["agent.py", "q.jsonl"]) {
        writeFileSync(join(other.path, name), readFileSync(at(name)));
      }
      if (typeof content !== "string") writeFileSync(join(other.path, "tools.json"), JSON.stringify(content));
      const { code, error } = await runVerb(
        ["isolate", "agent.py", "--cases", "q.jsonl", "--cache", CACHE, "--tools", "tools.json"],
        { cwd: other.path },
      );
      const [line] = error.trim().split("\n").slice(-1);
      expect([code, line]).toEqual([2, expect.stringContaining(says)]);
    },
    30_000,
  );
});
