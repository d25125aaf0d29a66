/**
 * `search_web`, `search_ai` and `fetch_page` over a corpus of the operator's own, by SQLite's full-text search. Nothing
 * leaves the machine, and the same corpus answers alike everywhere: ranked by BM25, then by address.
 */
import { Database } from "bun:sqlite";
import { z } from "zod";
import { Failure } from "../../../protocol/failure.ts";
import { cleanText } from "../../text.ts";
import type { CallOf, ToolCall } from "../call.ts";
import { NO_USAGE } from "../price-book.ts";
import type { ProviderAnswer, ToolProvider } from "../provider.ts";

/** One document: a line of a .jsonl file. */
export const CorpusDocument = z.object({
  url: z.url().max(2_048),
  title: z.string().max(500).default(""),
  text: z.string().min(1).max(4_000_000),
  /** Which of `search_ai`'s tools finds it; the web by default. */
  source: z.enum(["web", "hackernews", "reddit", "wikipedia", "youtube", "twitter", "arxiv"]).default("web"),
  /** When it was published. */
  date: z.iso.date().optional(),
});
export type CorpusDocument = z.infer<typeof CorpusDocument>;

const DAY_MS = 86_400_000;
const DAYS: Readonly<Record<NonNullable<CallOf<"search_ai">["arguments"]["date_filter"]>, number>> = {
  ...{ PAST_24_HOURS: 1, PAST_2_DAYS: 2, PAST_WEEK: 7, PAST_2_WEEKS: 14 },
  ...{ PAST_MONTH: 31, PAST_2_MONTHS: 62, PAST_YEAR: 366, PAST_2_YEARS: 731 },
};
const MOST_TERMS = 32;
const SNIPPET_TOKENS = 48;
const PAGE_SHARE = 4;

interface Row {
  url: string;
  title: string;
  snippet: string;
  source: string;
}

/** Builds the index in memory. Throws `config` for a document that is none, and names its line. */
export function corpusProvider(
  lines: Iterable<string>,
  { name = "corpus" } = {},
): ToolProvider & {
  documents: number;
} {
  const db = new Database(":memory:");
  db.run("CREATE TABLE document (id INTEGER PRIMARY KEY, url TEXT UNIQUE, source TEXT, day INTEGER)");
  db.run(
    "CREATE VIRTUAL TABLE words USING fts5(title, text, tokenize = 'porter unicode61 remove_diacritics 2')",
  );
  const { documents, digest: contents, newest } = fill(db, lines);
  const search = db.query<Row, [string, number, string, number, number]>(
    `SELECT document.url, words.title, document.source,
            snippet(words, 1, '', '', ' … ', ${SNIPPET_TOKENS}) AS snippet
     FROM words JOIN document ON document.id = words.rowid
     WHERE words MATCH ? AND document.day >= ? AND instr(?, document.source || ' ') > 0
     ORDER BY bm25(words, 4.0, 1.0), document.url LIMIT ? OFFSET ?`,
  );
  const byUrl = db.query<{ title: string; text: string }, [string]>(
    "SELECT words.title, words.text FROM words JOIN document ON document.id = words.rowid WHERE document.url = ?",
  );

  const found = (words: string, { from = 0, sources = ANY, most, skip = 0 }: Search): Row[] => {
    const query = matchExpression(words);
    return query === undefined ? [] : search.all(query, from, sources, most, skip);
  };

  return {
    name: `${name}#${contents.slice(0, 12)}`,
    tools: ["search_web", "search_ai", "fetch_page"],
    parallel: 64,
    documents,
    async call(call, { maxBytes }) {
      switch (call.tool) {
        case "search_web": {
          const { query, num, start } = call.arguments;
          const rows = found(query, { most: num, skip: start });
          const data = rows.map(({ url, title, snippet }) => ({ link: url, snippet, title: title || null }));
          return answer({ data }, rows);
        }
        case "search_ai": {
          const { prompt, tools, count, date_filter } = call.arguments;
          const from = date_filter === undefined ? 0 : newest - DAYS[date_filter];
          const rows = found(prompt, { most: count, from, sources: `${tools.join(" ")} ` });
          const data = rows.map(({ url, title, snippet, source }) => ({
            ...{ url, note: snippet, title: title || null, source },
          }));
          return answer({ data, raw: null }, rows);
        }
        case "fetch_page": {
          const page = byUrl.get(call.arguments.url);
          if (page === null) {
            throw new Failure("not-found", "the corpus has no such page", { owner: "miner" });
          }
          const content = cleanText(page.text, Math.floor(maxBytes / PAGE_SHARE));
          const { url } = call.arguments;
          const row = { url, title: page.title, snippet: content.slice(0, 1_000), source: "web" };
          return answer({ data: [{ url, content, title: page.title || null }] }, [row]);
        }
        default:
          throw new Failure("defect", `the corpus was asked for ${call.tool satisfies ToolCall["tool"]}`);
      }
    },
    close: async () => db.close(),
  };
}

interface Search {
  most: number;
  skip?: number;
  /** First day, in days since 1970; documents without a date are of day 0. */
  from?: number;
  /** Names, each with a blank behind it. */
  sources?: string;
}
const ANY = `${CorpusDocument.shape.source.unwrap().options.join(" ")} `;

function fill(db: Database, lines: Iterable<string>) {
  const insert = db.query<{ id: number }, [string, string, number]>(
    "INSERT INTO document (url, source, day) VALUES (?, ?, ?) RETURNING id",
  );
  const index = db.query("INSERT INTO words (rowid, title, text) VALUES (?, ?, ?)");
  const hasher = new Bun.CryptoHasher("sha256");
  let [documents, newest, line] = [0, 0, 0];
  db.transaction(() => {
    for (const text of lines) {
      line++;
      if (text.trim() === "") continue;
      const document = readDocument(text, line);
      const day = document.date === undefined ? 0 : Date.parse(document.date) / DAY_MS;
      try {
        const { id } = insert.get(document.url, document.source, day)!;
        index.run(id, document.title, document.text);
      } catch (cause) {
        throw new Failure("config", `line ${line} of the corpus cannot be taken`, {
          meta: { url: document.url.slice(0, 200), reason: cause instanceof Error ? cause.message : "" },
          hint: "Each address may come once.",
        });
      }
      hasher.update(JSON.stringify(document));
      newest = Math.max(newest, day);
      documents++;
    }
  })();
  return { documents, newest, digest: hasher.digest("hex") };
}

function readDocument(text: string, line: number): CorpusDocument {
  let value: unknown;
  try {
    value = JSON.parse(text.toWellFormed());
  } catch {
    value = undefined;
  }
  const parsed = CorpusDocument.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw new Failure("config", `line ${line} of the corpus is no document`, {
    meta: { at: (issue?.path ?? []).map(String).join("."), problem: issue?.message ?? "" },
    hint: 'Write one JSON object per line: {"url": …, "title": …, "text": …}.',
  });
}

/** Words of any question as an expression that finds documents with any of them; undefined when it has none. */
function matchExpression(question: string): string | undefined {
  const words = question.normalize("NFC").match(/[\p{L}\p{N}]+/gu) ?? [];
  const distinct = [...new Set(words.map((word) => word.toLowerCase()))].slice(0, MOST_TERMS);
  // In quotes a word is only a word: NEAR, NOT and the like are no operators.
  return distinct.length === 0 ? undefined : distinct.map((word) => `"${word}"`).join(" OR ");
}

const answer = (response: ProviderAnswer["response"], rows: readonly Row[]): ProviderAnswer => ({
  response,
  results: rows.map(({ url, title, snippet }) => ({ url, note: snippet, ...(title ? { title } : {}) })),
  usage: { ...NO_USAGE, results: rows.length },
});
