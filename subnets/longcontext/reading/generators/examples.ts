/** Few-shot, passage and code tasks. */
import { capital, distinctWords, person, word } from "../../vocabulary.ts";
import { paragraph, stockOf, surround } from "../filler.ts";
import { BYTES_PER_TOKEN } from "../length.ts";
import type { Generator } from "./generator.ts";

const QUESTIONS: Record<string, (name: string) => string> = {
  Individual: (name) => `Who built the first ${name} ?`,
  Date: (name) => `When did the ${name} open ?`,
  City: (name) => `What city has a museum of ${name} ?`,
  "Number of something": (name) => `How many ${name} are there in a crate ?`,
  Reason: (name) => `Why do ${name} turn blue ?`,
  "Definition of something": (name) => `What is a ${name} ?`,
};

/** Classify a question after many classified ones. */
export const questionTypes: Generator = (random, tokens) => {
  const classes = Object.keys(QUESTIONS);
  const ask = (type: string) => QUESTIONS[type]?.(word(random)) as string;
  const more = () => {
    const type = random.pick(classes);
    return `Question: ${ask(type)}\nType: ${type}`;
  };
  const type = random.pick(classes);
  return {
    dataset: "trec",
    input: `Question: ${ask(type)}\nType:`,
    context: surround(
      random,
      classes.map((each) => `Question: ${ask(each)}\nType: ${each}`),
      { tokens, more, separator: "\n" },
    ),
    answers: [type],
    all_classes: classes,
  };
};

/** Answer from the last passage after many answered ones. */
export const trivia: Generator = (random, tokens) => {
  const stock = stockOf(random);
  const make = () => {
    const [who, what] = [person(random), `${word(random)} harp`];
    const text = `${paragraph(random, stock)} The ${what} was invented by ${who}. ${paragraph(random, stock)}`;
    return { question: `Passage:\n${text}\nQuestion:\nWho invented the ${what}?\nAnswer:\n`, answer: who };
  };
  const more = () => {
    const { question, answer } = make();
    return question + answer;
  };
  const { question, answer } = make();
  return {
    dataset: "triviaqa",
    input: question,
    context: surround(random, [more()], { tokens, more }),
    answers: [answer, answer.split(" ")[1] as string],
    all_classes: null,
  };
};

const numbered = (passages: readonly string[]): string =>
  passages.map((text, at) => `Paragraph ${at + 1}: ${text}`).join("\n\n");

/** As many paragraphs as fit, at least `least`. */
function paragraphs(random: Parameters<Generator>[0], tokens: number, least: number): string[] {
  const stock = stockOf(random);
  const made: string[] = [];
  for (let room = tokens * BYTES_PER_TOKEN; made.length < least || room > 900; ) {
    const next = paragraph(random, stock);
    room -= next.length + 20;
    made.push(next);
  }
  return made;
}

/** Which paragraph is the abstract from? */
export const whichParagraph: Generator = (random, tokens) => {
  const all = paragraphs(random, tokens, 10);
  const asked = random.integer(all.length);
  const sentences = (all[asked] as string).split(/(?<=\.) /);
  return {
    dataset: "passage_retrieval_en",
    input: random.shuffle(sentences).slice(0, 2).join(" "),
    context: numbered(all),
    answers: [`Paragraph ${asked + 1}`],
    all_classes: null,
  };
};

/** How many different paragraphs are there? */
export const howManyParagraphs: Generator = (random, tokens) => {
  const unique = paragraphs(random, Math.floor(tokens / 2), 4);
  const repeated = unique.filter(() => random.integer(4) > 0);
  return {
    dataset: "passage_count",
    input: "",
    context: numbered(random.shuffle([...unique, ...repeated])),
    answers: [String(unique.length)],
    all_classes: null,
  };
};

/** Complete the next line of code in the file's own style. */
export const nextLine: Generator = (random, tokens) => {
  const owner = capital(word(random));
  const accessor = (name: string) => [
    `    def get_${name}(self, default=None):`,
    `        if self._${name} is None:`,
    `            return default`,
    `        return self._${name}`,
    "",
  ];
  const count = Math.max(6, Math.floor((tokens * BYTES_PER_TOKEN) / 140));
  // Names may repeat in a very long file, as they do in real ones.
  const names = distinctWords(random, Math.min(count, 2_000));
  const last = accessor(`${word(random)}_last`);
  const body = Array.from({ length: count }, (_, at) => accessor(names[at % names.length] as string)).flat();
  return {
    dataset: "lcc",
    input: "",
    context: [`class ${owner}:`, ...body, ...last.slice(0, 3), ""].join("\n"),
    answers: [last[3] as string],
    all_classes: null,
  };
};
