/** The rows of our own writing that ship with the subnet, and how they are made long. */
import type { DrawRandom } from "../../../protocol/subnet.ts";
import { type LongBenchRow, parseLongBenchFile } from "../../longbench/row.ts";
import govReport from "../data/gov_report.jsonl" with { type: "text" };
import hotpotqa from "../data/hotpotqa.jsonl" with { type: "text" };
import lcc from "../data/lcc.jsonl" with { type: "text" };
import multifieldqa from "../data/multifieldqa_en.jsonl" with { type: "text" };
import narrativeqa from "../data/narrativeqa.jsonl" with { type: "text" };
import passageCount from "../data/passage_count.jsonl" with { type: "text" };
import passageRetrieval from "../data/passage_retrieval_en.jsonl" with { type: "text" };
import qasper from "../data/qasper.jsonl" with { type: "text" };
import trec from "../data/trec.jsonl" with { type: "text" };
import triviaqa from "../data/triviaqa.jsonl" with { type: "text" };
import { paragraph, stockOf, surround } from "./filler.ts";

const FILES = {
  gov_report: govReport,
  hotpotqa,
  lcc,
  multifieldqa_en: multifieldqa,
  narrativeqa,
  passage_count: passageCount,
  passage_retrieval_en: passageRetrieval,
  qasper,
  trec,
  triviaqa,
};

/** Datasets whose answer stays the same when other paragraphs stand around the text. */
const STRETCHABLE: readonly string[] = ["narrativeqa", "qasper", "multifieldqa_en", "hotpotqa", "gov_report"];

let read: readonly LongBenchRow[] | undefined;

/** Read when first drawn from: whoever only judges needs none of them. */
export const stretchableRows = (): readonly LongBenchRow[] =>
  (read ??= Object.entries(FILES)
    .flatMap(([name, text]) => parseLongBenchFile(text, `${name}.jsonl`))
    .filter(({ dataset }) => STRETCHABLE.includes(dataset)));

/** The row in a document of about `tokens` tokens, its paragraphs in order but far apart. */
export function stretch(random: DrawRandom, row: LongBenchRow, tokens: number): LongBenchRow {
  const stock = stockOf(random);
  const parts = row.context.split("\n\n");
  const share = Math.floor(tokens / parts.length);
  const more = () => paragraph(random, stock);
  return {
    ...row,
    context: parts.map((part) => surround(random, [part], { tokens: share, more })).join("\n\n"),
  };
}
