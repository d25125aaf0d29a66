/** A round's tasks: which challenges, which texts. Seed, parameters and dataset decide everything. */
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import type { DrawContext } from "../../protocol/subnet.ts";
import { isPrediction, LongBenchRow } from "../longbench/row.ts";
import { CHALLENGES } from "./code/challenges/index.ts";
import { type CodeTask, codeTask } from "./code/kind.ts";
import { answerTimeout, type LongContextParams } from "./params.ts";
import { GENERATORS } from "./reading/generators/index.ts";
import { type ReadingTask, readingTask } from "./reading/kind.ts";
import { stretch, stretchableRows } from "./reading/shipped.ts";

type Context = DrawContext<LongContextParams>;

/** The first `count` of a shuffle, then of another, and so on: everything appears before anything repeats. */
function deal<T>(random: Context["random"], items: readonly T[], count: number): T[] {
  const dealt: T[] = [];
  while (dealt.length < count) dealt.push(...random.shuffle(items).slice(0, count - dealt.length));
  return dealt;
}

const code = ({ random, params }: Context): CodeTask[] =>
  deal(random, CHALLENGES, params.codeTasks).map((challenge, at) =>
    codeTask(random, challenge, { id: `code-${at + 1}`, tests: params.codeTests, size: params.codeSize }),
  );

/** Rows of the operator's dataset, at their own length. */
function fromDataset(context: Context, rows: readonly (readonly [string, number, Json])[]): ReadingTask[] {
  const { random, params } = context;
  return deal(random, rows, params.readingTokens.length).map(([file, line, row], at) => {
    const parsed = LongBenchRow.safeParse(row);
    if (!parsed.success) {
      throw new Failure("malformed", `row ${line} of ${file} is not a LongBench row`, {
        meta: { file, row: line, problem: parsed.error.issues[0]?.message ?? "invalid" },
        hint: "Check the folder given as the dataset",
      });
    }
    return readingTask(`reading-${at + 1}`, parsed.data, (tokens) => answerTimeout(params, tokens));
  });
}

/** Rows made from the seed, and rows of our own writing stretched to length, in turn. */
function made({ random, params }: Context): ReadingTask[] {
  const generators = deal(random, GENERATORS, params.readingTokens.length);
  const rows = deal(random, stretchableRows(), params.readingTokens.length);
  return params.readingTokens.map((tokens, at) => {
    const row =
      at % 2 === 0
        ? (generators[at] as (typeof GENERATORS)[number])(random, tokens)
        : stretch(random, rows[at] as LongBenchRow, tokens);
    return readingTask(`reading-${at + 1}`, row, (length) => answerTimeout(params, length));
  });
}

export function draw(context: Context): (CodeTask | ReadingTask)[] {
  // By name, so that the order in which a folder was read cannot matter.
  const rows = Object.entries(context.dataset)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .flatMap(([file, lines]) => lines.map((row, at) => [file, at + 1, row] as const))
    .filter(([, , row]) => !isPrediction(row));
  return [...code(context), ...(rows.length > 0 ? fromDataset(context, rows) : made(context))];
}
