/** A provider's answer as it is hashed, kept and replayed: bounded, and with nothing in it that JSON cannot say exactly. */
import { z } from "zod";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure } from "../../protocol/failure.ts";
import { Json } from "../../protocol/ids.ts";
import { JSON_DEPTH } from "../../protocol/json-text.ts";
import { ToolUsage } from "../../protocol/tools.ts";
import { Answering } from "./answered-by.ts";
import type { ProviderAnswer } from "./provider.ts";

const MAX_RESULTS = 200;
const MAX_URL = 2_048;
const MAX_TITLE = 500;
const MAX_NOTE = 2_000;

export const RecordedAnswer = z.object({
  response: Json,
  results: z
    .array(
      z.object({
        url: z.string().max(MAX_URL),
        title: z.string().max(MAX_TITLE).nullable(),
        note: z.string().max(MAX_NOTE).nullable(),
      }),
    )
    .max(MAX_RESULTS),
  usage: ToolUsage.nullable(),
  answering: Answering.optional(),
});
export type RecordedAnswer = z.infer<typeof RecordedAnswer>;

/** An answer that cost nothing and found nothing. */
export const plainAnswer = (response: Json): RecordedAnswer => ({
  response: wellFormed(response, 0),
  results: [],
  usage: null,
});

/** Fails with `provider` for what is no answer at all. Results whose address is too long to be one are left out. */
export function recordedAnswer({ response, results, usage, answering }: ProviderAnswer): RecordedAnswer {
  const kept = ToolUsage.safeParse(usage);
  if (usage !== undefined && !kept.success) {
    throw new Failure("provider", "the provider tells a usage that is none", {
      retryable: false,
      meta: { problem: kept.error.issues[0]?.message ?? "" },
    });
  }
  const text = (given: string | undefined, most: number) =>
    given === undefined ? null : cutText(given.toWellFormed(), most);
  return {
    response: wellFormed(response, 0),
    results: results
      .filter(({ url }) => url.length <= MAX_URL)
      .slice(0, MAX_RESULTS)
      .map(({ url, title, note }) => ({
        url: url.toWellFormed(),
        title: text(title, MAX_TITLE),
        note: text(note, MAX_NOTE),
      })),
    usage: kept.success ? kept.data : null,
    ...(answering === undefined ? {} : { answering: wellFormed(answering as Json, 0) as Answering }),
  };
}

function wellFormed(value: Json, depth: number): Json {
  if (typeof value === "string") return value.toWellFormed();
  if (typeof value !== "object" || value === null) return value;
  // What the answer is wrapped in goes deeper still.
  if (depth >= JSON_DEPTH - 8) {
    throw new Failure("provider", "the provider's answer is nested too deeply", { retryable: false });
  }
  if (Array.isArray(value)) return value.map((item) => wellFormed(item, depth + 1));
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => key !== "__proto__")
      // As canonical JSON has them: a program that lists its members must see no difference between live and replayed.
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, member]) => [key.toWellFormed(), wellFormed(member, depth + 1)]),
  );
}
