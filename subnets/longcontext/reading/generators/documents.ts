/** Questions about facts hidden in long documents. */
import { capital, distinctWords, person, word } from "../../vocabulary.ts";
import { paragraph, stockOf, surround } from "../filler.ts";
import type { Generator } from "./generator.ts";

/** A story in which many people hide many things; one of them is asked for. */
export const story: Generator = (random, tokens) => {
  const stock = stockOf(random);
  const places = distinctWords(random, 8).map(
    (name) => `the ${name} ${random.pick(["cellar", "tower", "mill", "orchard"])}`,
  );
  const things = distinctWords(random, 8).map(
    (name) => `${name} ${random.pick(["coin", "map", "lantern", "flute"])}`,
  );
  const people = things.map(() => person(random));
  const facts = things.map((thing, at) => `That night ${people[at]} hid the ${thing} in ${places[at]}.`);
  const asked = random.integer(things.length);
  const place = places[asked] as string;
  return {
    dataset: "narrativeqa",
    input: `Where did ${people[asked]} hide the ${things[asked]}?`,
    context: surround(random, facts, { tokens, more: () => paragraph(random, stock) }),
    answers: [place, `in ${place}`],
    all_classes: null,
  };
};

/** A paper that reports a score for each method; the question may have no answer. */
export const paper: Generator = (random, tokens) => {
  const stock = stockOf(random);
  const methods = distinctWords(random, 6).map((name) => `${capital(name)}Net`);
  const corpora = distinctWords(random, 6).map((name) => `the ${capital(name)} corpus`);
  const reported = methods.slice(1);
  const facts = reported.map(
    (method, at) => `We trained ${method} on ${corpora[at]} for ${2 + random.integer(30)} epochs.`,
  );
  const asked = random.integer(5) === 0 ? -1 : random.integer(reported.length);
  return {
    dataset: "qasper",
    input: `Which corpus is ${asked < 0 ? methods[0] : reported[asked]} trained on?`,
    context: surround(random, facts, { tokens, more: () => paragraph(random, stock) }),
    answers: asked < 0 ? ["unanswerable"] : [corpora[asked] as string],
    all_classes: null,
  };
};

/** Rows of a register spread over a long text. */
export const register: Generator = (random, tokens) => {
  const stock = stockOf(random);
  const ships = distinctWords(random, 40).map(capital);
  const entry = (ship: string) =>
    `The vessel ${ship} left harbour with ${100 + random.integer(9_000)} barrels of ${word(random)} oil.`;
  const facts = ships.map(entry);
  const asked = random.integer(ships.length);
  return {
    dataset: "multifieldqa_en",
    input: `How many barrels did the vessel ${ships[asked]} carry when it left harbour?`,
    context: surround(random, facts, { tokens, more: () => paragraph(random, stock) }),
    answers: [
      /\d+ barrels/.exec(facts[asked] as string)?.[0] as string,
      /\d+/.exec(facts[asked] as string)?.[0] as string,
    ],
    all_classes: null,
  };
};

/** Two facts in different passages have to be joined. */
export const twoHops: Generator = (random, tokens) => {
  const stock = stockOf(random);
  const count = 12;
  const firms = distinctWords(random, count).map((name) => `${capital(name)} Works`);
  const founders = firms.map(() => person(random));
  const towns = distinctWords(random, count).map(capital);
  const asked = random.integer(count);
  const facts = firms.flatMap((firm, at) => [
    `${firm} is a maker of ${word(random)} engines. ${firm} was founded by ${founders[at]}.`,
    `${founders[at]} was an engineer. ${founders[at]} was born in the town of ${towns[at]}.`,
  ]);
  let passage = 0;
  const context = surround(random, facts, { tokens: tokens - 200, more: () => paragraph(random, stock) });
  return {
    dataset: "hotpotqa",
    input: `In which town was the founder of ${firms[asked]} born?`,
    context: context.replace(/(?<=^|\n\n)(?=\S)/g, () => `Passage ${++passage}:\n`),
    answers: [towns[asked] as string],
    all_classes: null,
  };
};

/** A report whose findings, in order, are its summary. */
export const report: Generator = (random, tokens) => {
  const stock = stockOf(random);
  const offices = distinctWords(random, 5).map((name) => `the ${capital(name)} Office`);
  const findings = offices.map(
    (office) =>
      `Our review found that ${office} spent ${10 + random.integer(900)} million crowns on ${word(random)} ${random.pick(["bridges", "schools", "harbours"])} and recommends a yearly audit`,
  );
  const more = () => paragraph(random, stock);
  const share = Math.floor(tokens / findings.length);
  return {
    dataset: "gov_report",
    input: "",
    context: findings
      .map((finding) => surround(random, [`${finding}.`], { tokens: share, more }))
      .join("\n\n"),
    answers: [`${findings.join(". ")}.`],
    all_classes: null,
  };
};
