import { afterAll, describe, expect, test } from "bun:test";
import { createHttp } from "../../../runtime/ports/http.ts";
import { rejection } from "../../../test/support/rejection.ts";
import { parseCall } from "../call.ts";
import { searchApi } from "./search-api.ts";

let handle: (request: Request) => Response | Promise<Response>;
const server = Bun.serve({ port: 0, fetch: (request) => handle(request) });
afterAll(() => server.stop(true));

const provider = searchApi({
  ...{ name: "desearch", url: `http://127.0.0.1:${server.port}`, key: "dsr-key" },
  http: createHttp(),
});
const call = (tool: string, kwargs: object) =>
  provider.call(parseCall(JSON.stringify({ tool, kwargs })), {
    ...{ signal: new AbortController().signal, maxBytes: 100_000 },
  });
const link = (at: number) => ({ link: `https://a.example/${at}`, snippet: `s${at}`, title: `t${at}` });

describe("a search service", () => {
  test("is asked for links in its own words, and gives them to be cited", async () => {
    let asked: unknown;
    handle = (request) => {
      asked = [request.method, request.url.split("/").at(-1), request.headers.get("authorization")];
      return Response.json({ data: [link(1), { link: "https://b.example/" }, link(3)] });
    };
    const answer = await call("search_web", { query: "moon & stars", num: 2 });
    expect(asked).toEqual(["GET", "web?query=moon+%26+stars&num=2&start=0", "dsr-key"]);
    expect(answer).toEqual({
      response: { data: [link(1), { link: "https://b.example/", snippet: null, title: null }] },
      results: [{ url: "https://a.example/1", title: "t1", note: "s1" }, { url: "https://b.example/" }],
      usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: 2 },
    });
  });

  test("gives no more AI results than were asked for, since each has its price", async () => {
    let body: unknown;
    handle = async (request) => {
      body = await request.json();
      return Response.json({
        search: [link(1), link(2)],
        wikipedia_search: [link(3)],
        tweets: [{ url: "https://x.example/1", text: "a tweet" }, { text: "without an address" }],
        completion: "In short.",
      });
    };
    const kwargs = { prompt: "p", tools: ["web", "twitter"], count: 4, date_filter: "PAST_WEEK" };
    const { response, results, usage } = await call("search_ai", kwargs);
    expect(body).toEqual({
      ...{ ...kwargs, result_type: "LINKS_WITH_FINAL_SUMMARY", system_message: "", streaming: false },
    });
    expect([results.length, usage?.results]).toEqual([4, 4]);
    expect(response).toMatchObject({
      data: [
        { source: "web" },
        { source: "web" },
        { source: "wikipedia" },
        { source: "twitter", note: "a tweet" },
      ],
      raw: { completion: "In short." },
    });
    expect((await call("search_ai", { ...kwargs, count: 1 })).results.length).toBe(1);
  });

  test("that answers something else has failed", async () => {
    handle = () => Response.json({ data: [{ snippet: "no link" }] });
    expect((await rejection(call("search_web", { query: "q" }))).code).toBe("provider");
  });
});
