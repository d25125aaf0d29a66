/** All generators of reading tasks. */
import { paper, register, report, story, twoHops } from "./documents.ts";
import { howManyParagraphs, nextLine, questionTypes, trivia, whichParagraph } from "./examples.ts";
import type { Generator } from "./generator.ts";

export const GENERATORS: readonly Generator[] = [
  story,
  paper,
  register,
  twoHops,
  report,
  questionTypes,
  trivia,
  whichParagraph,
  howManyParagraphs,
  nextLine,
];
