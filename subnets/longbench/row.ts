/** One row of a LongBench data file, read strictly. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { datasetFacts, LONGBENCH_DATASETS } from "./datasets.ts";

const MAX_CONTEXT = 32 * 1024 * 1024;
const MAX_LINE = 64 * 1024 * 1024;

export const LongBenchRow = z
  .object({
    /** LongBench-E's files add `_e` to the plain name. */
    dataset: z
      .string()
      .max(64)
      .transform((name) => name.replace(/_e$/, ""))
      .pipe(z.enum(LONGBENCH_DATASETS)),
    input: z.string().max(1_048_576),
    context: z.string().max(MAX_CONTEXT),
    answers: z.array(z.string().max(65_536)).min(1).max(256),
    length: z.number().int().nonnegative(),
    language: z.string().max(32),
    all_classes: z.array(z.string().min(1).max(256)).max(1_024).nullable(),
    _id: z.string().min(1).max(128),
  })
  .superRefine((row, context) => {
    const { metric } = datasetFacts(row.dataset);
    const refuse = (path: string, message: string) =>
      context.addIssue({ code: "custom", path: [path], message });
    if (metric === "classification" && !row.all_classes?.length)
      refuse("all_classes", "must list the classes");
    const paragraph = { retrieval: /Paragraph \p{Nd}/u, retrieval_zh: /段落\p{Nd}/u }[metric as string];
    if (paragraph && !row.answers.every((answer) => paragraph.test(answer)))
      refuse("answers", 'must name a paragraph, such as "Paragraph 7" or "段落7"');
  });
export type LongBenchRow = z.infer<typeof LongBenchRow>;

/** True for a line of a prediction file, as LongBench's own `pred.py` writes them beside the rows. */
export const isPrediction = (value: unknown): boolean =>
  typeof value === "object" && value !== null && "pred" in value && !("context" in value);

/** A row from one line of a `.jsonl` file; a bad one is named by file and line. Undefined for a prediction. */
export function parseLongBenchRow(
  line: string,
  where: { file: string; line: number },
): LongBenchRow | undefined {
  const refuse = (what: string, hint: string) =>
    new Failure("malformed", `${where.file}:${where.line}: ${what}`, { hint });
  if (line.length > MAX_LINE) throw refuse(`the line has ${line.length} characters`, "A row may have 64 MiB");
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch {
    throw refuse("not JSON", "Each line must be one JSON object, as in LongBench's data/*.jsonl");
  }
  if (isPrediction(value)) return undefined;
  const parsed = LongBenchRow.safeParse(value);
  if (parsed.success) return parsed.data;
  const issue = parsed.error.issues[0];
  throw refuse(
    `${issue?.path.join(".") || "row"}: ${issue?.message ?? "not a LongBench row"}`,
    "A row has input, context, answers, length, dataset, language, all_classes and _id",
  );
}

/** All rows of a `.jsonl` text; blank lines and predictions are skipped, the first bad line is thrown as a `malformed` failure. */
export function parseLongBenchFile(text: string, file: string): LongBenchRow[] {
  return text
    .split(/\r?\n/)
    .map((line, at) => ({ line, at: at + 1 }))
    .filter(({ line }) => line.trim() !== "")
    .map(({ line, at }) => parseLongBenchRow(line, { file, line: at }))
    .filter((row) => row !== undefined);
}
