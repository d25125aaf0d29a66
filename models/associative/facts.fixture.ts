/** Long texts with facts to be found in them, and the question for one. */
import { GenerateRequest, type ModelSnapshot } from "../../protocol/model.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import type { Model } from "../model.ts";

const WORDS =
  "river stone ember cloud meadow lantern harbor winter silver copper hollow maple falcon garden".split(" ");
const PROSE =
  "the quick brown fox jumps over a lazy dog while 12 old men watch it from their windows and wonder".split(
    " ",
  );
const LETTERS_PER_TOKEN = 3.2;
/** A fifth of the facts come a second time with another value: the later one counts. */
const CHANGED = 0.2;

/** About so many tokens of prose with facts `The code of KEY := VALUE;` at even distances, and what each key's value is last. */
export function factsIn(options: { tokens: number; facts: number; seed: number }): {
  text: string;
  latest: ReadonlyMap<string, string>;
} {
  const rng = createSeededRng(options.seed);
  const word = () => WORDS[rng.integer(WORDS.length)] ?? "";
  const value = () => `${word()} ${1_000 + rng.integer(9_000)}`;
  const first = Array.from(
    { length: options.facts },
    (_, n) => [`${word()}-${word()}-${100 + n}`, value()] as const,
  );
  const changed = first.slice(0, Math.floor(options.facts * CHANGED)).map(([key]) => [key, value()] as const);
  const all = [...first, ...changed];
  const filler = (LETTERS_PER_TOKEN * options.tokens) / all.length;
  const parts: string[] = [];
  for (const [key, said] of all) {
    for (let letters = 0; letters < filler; ) {
      const next = ` ${PROSE[rng.integer(PROSE.length)]}`;
      parts.push(next);
      letters += next.length;
    }
    parts.push(`\nThe code of ${key} := ${said};`);
  }
  return { text: parts.join(""), latest: new Map(all) };
}

/** What the model says a key's value is; empty when it knows none. */
export async function answerTo(
  model: Model,
  key: string,
  options: { resume: ModelSnapshot },
): Promise<string> {
  const request = GenerateRequest.parse({
    model: (await model.card()).id,
    input: { type: "prompt", prompt: [{ type: "text", text: `\nThe code of ${key} :=` }] },
    limits: { maxTokens: 16 },
    sampling: { stop: [";"] },
    ...options,
  });
  let text = "";
  for await (const chunk of model.generate(request)) if (chunk.type === "tokens") text += chunk.text;
  return text.trim();
}
