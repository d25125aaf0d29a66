/** Answers found in the text itself: no model, no sealed parts, only words in common. */
import type { LongBenchDataset } from "../../longbench/datasets.ts";

const COMMON = new Set(
  "a an the of in on at to for from with by and or is are was were be been did do does it its this that they their which what who whom whose where when why how many much not we you he she his her name".split(
    " ",
  ),
);

/** Words that say something, without the endings that English changes most. */
const termsOf = (text: string): string[] =>
  (text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [])
    .filter((term) => !COMMON.has(term))
    .map((term) => (term.length > 5 ? term.replace(/(?:ing|ed|es|s)$/, "") : term));

const sentencesOf = (text: string): string[] =>
  text
    .split(/(?<=[.!?])\s+|\n+/)
    .map((sentence) => sentence.trim())
    .filter(Boolean);

/** Units by how rare the words are that they share with the query, best first; ties stay in order. */
function ranked(units: readonly string[], query: string): { unit: string; at: number; score: number }[] {
  const wanted = new Set(termsOf(query));
  const frequency = new Map<string, number>();
  const shared = units.map((unit) => {
    const terms = [...new Set(termsOf(unit))].filter((term) => wanted.has(term));
    for (const term of terms) frequency.set(term, (frequency.get(term) ?? 0) + 1);
    return terms;
  });
  const weight = (term: string) => Math.log(1 + units.length / (frequency.get(term) ?? 1));
  return units
    .map((unit, at) => ({ unit, at, score: (shared[at] ?? []).reduce((sum, term) => sum + weight(term), 0) }))
    .sort((a, b) => b.score - a.score || a.at - b.at);
}

/** The words of a text that the question does not have. */
function beyond(text: string, question: string): string {
  const asked = new Set(termsOf(question));
  const words = text.replace(/[.!?]+$/, "").split(/\s+/);
  const fresh = (word: string) => termsOf(word).some((term) => !asked.has(term));
  const kept = words.slice(words.findIndex(fresh), words.findLastIndex(fresh) + 1);
  return kept.filter((word) => fresh(word) || termsOf(word).length === 0).join(" ") || text;
}

/** Names in a text that the question does not have, longest first. */
const namesBeyond = (text: string, question: string): string[] =>
  (text.match(/\p{Lu}[\p{L}\d]+(?: \p{Lu}[\p{L}\d]+)*/gu) ?? [])
    .filter((name) => !question.includes(name) && termsOf(name).length > 0)
    .sort((a, b) => b.split(" ").length - a.split(" ").length);

/** The part of a sentence that has the form the question asks for. */
function partOf(sentence: string, question: string): string | undefined {
  if (/^how (many|much)\b/i.test(question)) return /\b(?:\d[\d,.]* \w+|once|twice)/i.exec(sentence)?.[0];
  if (/^where\b/i.test(question)) return /\b(?:in|at|on) (the \w+ \w+|\p{Lu}\w+)/u.exec(sentence)?.[1];
  if (/^who\b/i.test(question)) return namesBeyond(sentence, question)[0];
  const noun = /^(?:in )?which (\w+)/i.exec(question)?.[1];
  if (noun === undefined) return undefined;
  return (
    new RegExp(`(?:the )?\\p{Lu}[\\p{L}\\d]+ ${noun}\\b`, "u").exec(sentence)?.[0] ??
    new RegExp(`${noun} of (\\p{Lu}[\\p{L}]+)`, "u").exec(sentence)?.[1]
  );
}

/** The best sentence, or a second one that it leads to by a name; `unanswerable` when nothing rare is shared. */
function fact(context: string, question: string): string {
  const sentences = sentencesOf(context);
  const [first] = ranked(sentences, question);
  if (first === undefined || first.score === 0) return "unanswerable";
  // The rarest thing asked about has to be there, or the text does not say.
  const rare = /\b\p{Lu}\p{Ll}+\p{Lu}\w+\b/u.exec(question)?.[0];
  if (rare !== undefined && !context.includes(rare)) return "unanswerable";
  const direct = partOf(first.unit, question);
  if (direct !== undefined) return direct;
  for (const name of namesBeyond(first.unit, question)) {
    const others = sentences.filter((sentence) => sentence !== first.unit && sentence.includes(name));
    const [second] = ranked(others, question);
    const found = second && partOf(second.unit, question);
    if (found !== undefined) return found;
  }
  const rest = beyond(first.unit, question);
  return rest.split(" ").length >= 4 ? rest : beyond(`${rest} ${sentences[first.at + 1] ?? ""}`, question);
}

/** Sentences of the report that state a finding or advise, in order. */
const summary = (context: string): string =>
  sentencesOf(context)
    .filter((sentence) => /\b(found|find|recommends?|estimate|reviewed|agreed)\b/i.test(sentence))
    .slice(0, 12)
    .join(" ");

/** The label of the example that is most like the question. */
function nearestLabel(context: string, input: string): string {
  const examples = [...context.matchAll(/Question: (.*)\nType: (.*)/g)].map(
    ([, question = "", type = ""]) => ({ question, type }),
  );
  // Question words say most about the type, so here they count.
  const opening = (text: string) =>
    text
      .replace(/^Question: /, "")
      .split(" ")
      .slice(0, 3)
      .join(" ");
  const same = examples.filter(
    ({ question }) => opening(question).split(" ")[0] === opening(input).split(" ")[0],
  );
  const exact = same.find(
    ({ question }) =>
      opening(question).split(" ").slice(0, 2).join() === opening(input).split(" ").slice(0, 2).join(),
  );
  return (exact ?? same[0] ?? examples[0])?.type ?? "";
}

const paragraphsOf = (context: string): string[] =>
  context
    .split(/\n*Paragraph \d+: /)
    .filter(Boolean)
    .map((text) => text.trim());

/** The line that followed the last lines wherever they stood before, names adapted. */
function nextLine(context: string): string {
  const lines = context.replace(/\n$/, "").split("\n");
  const shape = (line: string | undefined) => (line ?? "").replace(/_[A-Za-z]\w*/g, "_");
  for (let at = lines.length - 2; at >= 2; at--) {
    if (shape(lines[at]) !== shape(lines.at(-1)) || shape(lines[at - 1]) !== shape(lines.at(-2))) continue;
    const [before, now] = [
      /\._(\w+)/.exec(lines[at - 1] ?? "")?.[1],
      /\._(\w+)/.exec(lines.at(-2) ?? "")?.[1],
    ];
    const next = lines[at + 1] ?? "";
    return before && now ? next.replaceAll(before, now) : next;
  }
  return "";
}

/** An honest answer in the form that the dataset asks for. */
export function extract(dataset: LongBenchDataset, context: string, input: string): string {
  switch (dataset) {
    case "passage_count":
      return String(new Set(paragraphsOf(context)).size);
    case "passage_retrieval_en":
      return `Paragraph ${(ranked(paragraphsOf(context), input)[0]?.at ?? 0) + 1}`;
    case "trec":
      return nearestLabel(context, input);
    case "triviaqa": {
      const [, passage = "", question = ""] = /Passage:\n([\s\S]*)\nQuestion:\n(.*)/.exec(input) ?? [];
      return fact(passage, question);
    }
    case "lcc":
    case "repobench-p":
      return nextLine(context + input);
    case "gov_report":
    case "multi_news":
    case "qmsum":
      return summary(context);
    default:
      return fact(context, input);
  }
}
