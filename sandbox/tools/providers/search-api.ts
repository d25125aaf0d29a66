/** `search_web` and `search_ai` by a search service over HTTP with DeSearch's API, which Caster uses. */
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";
import type { Http } from "../../../runtime/ports/http.ts";
import type { CallOf } from "../call.ts";
import { NO_USAGE } from "../price-book.ts";
import type { FoundResult, ProviderAnswer, ToolProvider } from "../provider.ts";
import { httpJson } from "./http-json.ts";

export interface SearchApiOptions {
  name: string;
  http: Http;
  /** Such as `https://api.desearch.ai`. */
  url: string;
  /** Sent as it is. */
  key: string;
  /** Calls at once; default 5, as Caster has it. */
  parallel?: number | undefined;
}

const Link = z.object({
  link: z.string().min(1),
  snippet: z.string().nullish(),
  title: z.string().nullish(),
});
const WebAnswer = z.object({ data: z.array(Link).max(1_000).nullish() });

/** Lists of the AI search's answer, and what each is a source of. */
const SOURCES = {
  search: "web",
  hacker_news_search: "hackernews",
  reddit_search: "reddit",
  wikipedia_search: "wikipedia",
  youtube_search: "youtube",
  arxiv_search: "arxiv",
} as const;
const Links = z.array(Link).max(1_000).nullish();
const AiAnswer = z.object({
  ...{ search: Links, hacker_news_search: Links, reddit_search: Links },
  ...{ wikipedia_search: Links, youtube_search: Links, arxiv_search: Links },
  tweets: z
    .array(z.object({ url: z.string().nullish(), text: z.string().nullish() }))
    .max(1_000)
    .nullish(),
  completion: z.string().nullish(),
  text: z.string().nullish(),
});

export function searchApi(options: SearchApiOptions): ToolProvider {
  const { name, http, key, parallel = 5 } = options;
  const base = options.url.replace(/\/+$/, "");
  const ask = (path: string, signal: AbortSignal, body?: object) =>
    httpJson({
      ...{ name, http, signal, body, authorization: key },
      method: body === undefined ? "GET" : "POST",
      url: base + path,
    });
  const read = <T extends z.ZodType>(schema: T, value: unknown): z.output<T> => {
    const parsed = schema.safeParse(value);
    if (parsed.success) return parsed.data;
    throw new Failure("provider", `${name} answered no search`, {
      meta: { problem: parsed.error.issues[0]?.message ?? "" },
    });
  };

  return {
    name,
    tools: ["search_web", "search_ai"],
    parallel,
    async call(call, { signal }) {
      if (call.tool === "search_web") {
        const { query, num, start } = call.arguments;
        const asked = new URLSearchParams({ query, num: String(num), start: String(start) });
        return webAnswer(call, read(WebAnswer, await ask(`/web?${asked}`, signal)));
      }
      if (call.tool === "search_ai") {
        const body = { ...call.arguments, streaming: false };
        return aiAnswer(call, read(AiAnswer, await ask("/desearch/ai/search", signal, body)));
      }
      throw new Failure("defect", `${name} was asked for ${call.tool}`);
    },
  };
}

function webAnswer(call: CallOf<"search_web">, { data }: z.infer<typeof WebAnswer>): ProviderAnswer {
  const found = (data ?? []).slice(0, call.arguments.num);
  return {
    response: {
      data: found.map(({ link, snippet, title }) => ({
        link,
        snippet: snippet ?? null,
        title: title ?? null,
      })),
    },
    results: found.map(({ link, snippet, title }) => result(link, title, snippet)),
    usage: { ...NO_USAGE, results: found.length },
  };
}

/** Never more than was asked for: each result has its price, and only so many were reserved. */
function aiAnswer(call: CallOf<"search_ai">, answer: z.infer<typeof AiAnswer>): ProviderAnswer {
  const lists = Object.entries(SOURCES).flatMap(([list, source]) =>
    (answer[list as keyof typeof SOURCES] ?? []).map(({ link, snippet, title }) => ({
      ...{ url: link, note: snippet ?? null, title: title ?? null, source: source as string },
    })),
  );
  const tweets = (answer.tweets ?? []).flatMap(({ url, text }) =>
    url ? [{ url, note: text ?? null, title: null, source: "twitter" }] : [],
  );
  const data = [...lists, ...tweets].slice(0, call.arguments.count);
  return {
    response: { data, raw: { completion: answer.completion ?? answer.text ?? null } },
    results: data.map(({ url, note, title }) => result(url, title, note)),
    usage: { ...NO_USAGE, results: data.length },
  };
}

const result = (url: string, title?: string | null, note?: string | null): FoundResult => ({
  url,
  ...(title ? { title } : {}),
  ...(note ? { note } : {}),
});
