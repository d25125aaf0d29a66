/** The 21 datasets of LongBench v1: how each is scored and how long an answer may be. */

export type LongBenchMetric =
  | "qa_f1"
  | "qa_f1_zh"
  | "rouge"
  | "rouge_zh"
  | "classification"
  | "retrieval"
  | "retrieval_zh"
  | "count"
  | "code_sim";

interface DatasetFacts {
  readonly metric: LongBenchMetric;
  /** Longest answer in the reference's generation, in tokens of the model. */
  readonly maxNewTokens: number;
  /** Only the answer's first line counts. */
  readonly firstLine?: true;
  /** Few-shot and code prompts are continued, not answered: no chat template around them. */
  readonly plain?: true;
  /** Part of LongBench-E, which spreads rows evenly over lengths. */
  readonly extended?: true;
}

export const DATASETS = {
  narrativeqa: { metric: "qa_f1", maxNewTokens: 128 },
  qasper: { metric: "qa_f1", maxNewTokens: 128, extended: true },
  multifieldqa_en: { metric: "qa_f1", maxNewTokens: 64, extended: true },
  multifieldqa_zh: { metric: "qa_f1_zh", maxNewTokens: 64 },
  hotpotqa: { metric: "qa_f1", maxNewTokens: 32, extended: true },
  "2wikimqa": { metric: "qa_f1", maxNewTokens: 32, extended: true },
  musique: { metric: "qa_f1", maxNewTokens: 32 },
  dureader: { metric: "rouge_zh", maxNewTokens: 128 },
  gov_report: { metric: "rouge", maxNewTokens: 512, extended: true },
  qmsum: { metric: "rouge", maxNewTokens: 512 },
  multi_news: { metric: "rouge", maxNewTokens: 512, extended: true },
  vcsum: { metric: "rouge_zh", maxNewTokens: 512 },
  trec: { metric: "classification", maxNewTokens: 64, firstLine: true, plain: true, extended: true },
  triviaqa: { metric: "qa_f1", maxNewTokens: 32, firstLine: true, plain: true, extended: true },
  samsum: { metric: "rouge", maxNewTokens: 128, firstLine: true, plain: true, extended: true },
  lsht: { metric: "classification", maxNewTokens: 64, firstLine: true, plain: true },
  passage_count: { metric: "count", maxNewTokens: 32, extended: true },
  passage_retrieval_en: { metric: "retrieval", maxNewTokens: 32, extended: true },
  passage_retrieval_zh: { metric: "retrieval_zh", maxNewTokens: 32 },
  lcc: { metric: "code_sim", maxNewTokens: 64, plain: true, extended: true },
  "repobench-p": { metric: "code_sim", maxNewTokens: 64, plain: true, extended: true },
} as const satisfies Record<string, DatasetFacts>;

export type LongBenchDataset = keyof typeof DATASETS;

export const LONGBENCH_DATASETS = Object.keys(DATASETS) as [LongBenchDataset, ...LongBenchDataset[]];

export const datasetFacts = (dataset: LongBenchDataset): DatasetFacts => DATASETS[dataset];
