/** Makes a fresh LongBench row from the round's randomness, so that no answer can be known beforehand. */
import type { DrawRandom } from "../../../../protocol/subnet.ts";
import type { LongBenchDataset } from "../../../longbench/datasets.ts";

interface MadeRow {
  dataset: LongBenchDataset;
  input: string;
  context: string;
  answers: string[];
  all_classes: string[] | null;
}

/** `tokens` is the length to come close to, from below. */
export type Generator = (random: DrawRandom, tokens: number) => MadeRow;
