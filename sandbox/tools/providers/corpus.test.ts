import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal, rejection } from "../../../test/support/rejection.ts";
import { parseCall } from "../call.ts";
import { corpusProvider } from "./corpus.ts";

const DOCUMENTS = [
  {
    url: "https://a.example/moon",
    title: "The Moon",
    text: "The moon orbits the Earth.",
    date: "2026-01-30",
  },
  {
    url: "https://a.example/mars",
    title: "Mars",
    text: "Mars has two moons: Phobos and Deimos.",
    date: "2025-01-01",
  },
  {
    url: "https://b.example/cafe",
    title: "Café",
    text: "NEAR the river, NOT the sea. Moon cakes.",
    source: "reddit",
  },
];
const lines = (documents: object[]) => documents.map((document) => JSON.stringify(document));
const corpus = (documents: object[] = DOCUMENTS) => corpusProvider(lines(documents));
const call = (tool: string, kwargs: object, from = corpus()) =>
  from.call(parseCall(JSON.stringify({ tool, kwargs })), {
    ...{ signal: new AbortController().signal, maxBytes: 100_000 },
  });
const urls = async (tool: string, kwargs: object) =>
  (await call(tool, kwargs)).results.map(({ url }) => url.split("/").at(-1));

describe("a corpus", () => {
  test("finds documents with any of the words, the best first, titles before texts", async () => {
    expect((await urls("search_web", { query: "moon" }))[0]).toBe("moon");
    expect((await urls("search_web", { query: "moons of Mars" }))[0]).toBe("mars");
    expect((await urls("search_web", { query: "orbiting" })).sort()).toEqual(["moon"]);
    expect(await urls("search_web", { query: "cafe" })).toEqual(["cafe"]);
    const all = await urls("search_web", { query: "moon" });
    expect(await urls("search_web", { query: "moon", num: 1, start: 1 })).toEqual(all.slice(1, 2));
  });

  test("answers in the words of a search service, with a piece of the text", async () => {
    const { response } = await call("search_web", { query: "phobos" });
    expect(response).toEqual({
      data: [
        { link: "https://a.example/mars", title: "Mars", snippet: "Mars has two moons: Phobos and Deimos." },
      ],
    });
  });

  test("takes operators for words, and questions without any for nothing found", async () => {
    for (const query of ['NEAR("river")', "NOT sea", 'text: "cakes"', "river*", "(", '"', "-- moon"]) {
      await urls("search_web", { query });
    }
    expect(await urls("search_web", { query: "NOT" })).toEqual(["cafe"]);
    expect(await urls("search_web", { query: "?!" })).toEqual([]);
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "binary", minLength: 1, maxLength: 50 }), async (query) => {
        await call("search_web", { query: query.toWellFormed() });
      }),
    );
  });

  test("keeps to the sources asked for, and to dates counted back from its newest document", async () => {
    expect(await urls("search_ai", { prompt: "moon", tools: ["reddit"] })).toEqual(["cafe"]);
    expect(await urls("search_ai", { prompt: "moon", tools: ["web"] })).toEqual(["moon", "mars"]);
    const all = { prompt: "moon", tools: ["web", "reddit"] };
    expect(await urls("search_ai", { ...all, date_filter: "PAST_MONTH" })).toEqual(["moon"]);
    expect((await urls("search_ai", { ...all, date_filter: "PAST_2_YEARS" })).sort()).toEqual([
      "mars",
      "moon",
    ]);
  });

  test("gives pages by their address, and has no others", async () => {
    const { response } = await call("fetch_page", { url: "https://a.example/moon" });
    expect(response).toEqual({
      data: [{ url: "https://a.example/moon", title: "The Moon", content: "The moon orbits the Earth." }],
    });
    const failure = await rejection(call("fetch_page", { url: "https://a.example/sun" }));
    expect([failure.code, failure.owner]).toEqual(["not-found", "miner"]);
  });

  test("has a name that tells what is in it", () => {
    expect(corpus().name).toMatch(/^corpus#[0-9a-f]{12}$/);
    expect(corpus([...DOCUMENTS].slice(1)).name).not.toBe(corpus().name);
  });

  test.each([
    ["{", /line 1 of the corpus is no document/],
    ['{"url":"nowhere","text":"x"}', /line 1 of the corpus is no document/],
    ['{"url":"https://a.example/","text":""}', /line 1 of the corpus is no document/],
  ])("with a line such as %s is refused, and told which", (line, message) => {
    expect(refusal(() => corpusProvider([line]))).toMatchObject({
      ...{ code: "config", message: expect.stringMatching(message) },
    });
  });

  test("with an address twice is refused", () => {
    expect(refusal(() => corpus([DOCUMENTS[0]!, DOCUMENTS[0]!])).message).toContain("line 2");
  });
});
