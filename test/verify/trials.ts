/**
 * How well challenges tell models apart. Every miner answers every challenge once, the validator scores every claim of every
 * transcript, and trials draw positions from a transcript each, as a validator would.
 */

import { convertGguf } from "../../models/embedded/convert.ts";
import type { Model } from "../../models/model.ts";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { challenge, checkClaims } from "../../models/verify/challenge.ts";
import type { Checked } from "../../protocol/inference/claims.ts";
import { type Tolerance, verdictOf } from "../../protocol/inference/verdict.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { smollmGguf } from "../provision/smollm.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { layersSwapped, requantised } from "./tampered.ts";

const clock = createSystemClock();
export const MODEL = "smollm2";

export type Miner = "same engine" | "fewer bits" | "layers swapped" | "cheap answers, right scores";

export interface GatherOptions {
  transcripts: number;
  /** Number of the first one: each number is another prompt and other nonces. Default 0. */
  first?: number;
  onProgress?: (line: string) => void;
}

/** Every claim with what the validator found, by miner and transcript. */
export async function gather(options: GatherOptions): Promise<Map<Miner, Checked[][]>> {
  const { transcripts, first = 0, onProgress = () => {} } = options;
  const gguf = await smollmGguf();
  const bytes = await Bun.file(gguf.path ?? "").bytes();
  using folder = tempFolder();
  const made = async (name: string, file: Uint8Array): Promise<string> => {
    const place = `${folder.path}/${name}`;
    await convertGguf({ bytes: file, name, folder: place, id: MODEL });
    return place;
  };
  const open = (place: string) => openOnnxModel({ folder: place, clock, blobs: createMemoryBlobs() });
  const validator = await open((await embeddedModel("smollm2")).path ?? "");
  const others: [Miner, string][] = [
    ["fewer bits", await made("fewer", requantised(bytes))],
    ["layers swapped", await made("swapped", layersSwapped(bytes, 14))],
  ];
  const checked = new Map<Miner, Checked[][]>();
  try {
    checked.set("same engine", await answers(validator));
    for (const [miner, place] of others) {
      const model = await open(place);
      const all = await answers(model).finally(() => model.unload());
      checked.set(miner, all);
      onProgress(`${miner}: ${all.length} transcripts`);
    }
  } finally {
    await validator.unload();
  }
  // Who has the right model scored, but answers with a cheap one, tells what the validator will find.
  const cheap = checked.get("fewer bits") ?? [];
  checked.set(
    "cheap answers, right scores",
    cheap.map((all) => all.map((each) => ({ ...each, logprob: each.own }))),
  );
  return checked;

  async function answers(model: Model): Promise<Checked[][]> {
    const { vocabulary } = await validator.card();
    const all: Checked[][] = [];
    for (let n = first; n < first + transcripts; n++) {
      const rng = createSeededRng(n);
      const prompt = await promptOf(validator, n);
      const transcript = await challenge(model, { model: MODEL, prompt, vocabulary, clock, rng });
      all.push(
        await checkClaims(validator, transcript, { positions: transcript.claims.length, seed: `${n}` }),
      );
    }
    return all;
  }
}

const TOPICS = [
  "planets",
  "bread",
  "bridges",
  "whales",
  "clocks",
  "rivers",
  "glass",
  "trains",
  "gardens",
  "maps",
];

/** What challenge number `n` begins with. */
export async function promptOf(model: Model, n: number): Promise<number[]> {
  const text = `Lesson ${n + 1}. Write a short story about ${TOPICS[n % TOPICS.length]} and the number ${n * 37 + 11}.\n`;
  const { tokens } = await model.tokenize({
    model: MODEL,
    context: [],
    input: { type: "prompt", prompt: [{ type: "text", text }] },
  });
  if (tokens.type !== "inline") throw new Error("a prompt is short");
  return tokens.tokens;
}

/** Share of trials that are accepted. */
export function acceptance(
  transcripts: readonly Checked[][],
  {
    trials,
    positions,
    tolerance,
    rng,
  }: { trials: number; positions: number; tolerance: Tolerance; rng: Rng },
): number {
  let accepted = 0;
  for (let trial = 0; trial < trials; trial++) {
    if (verdictOf(draw(transcripts, positions, rng), tolerance).accepted) accepted++;
  }
  return accepted / trials;
}

/** Positions of one transcript. */
export function draw(transcripts: readonly Checked[][], positions: number, rng: Rng): Checked[] {
  const all = transcripts[rng.integer(transcripts.length)]!.slice();
  for (let at = all.length - 1; at > 0; at--) {
    const other = rng.integer(at + 1);
    [all[at], all[other]] = [all[other]!, all[at]!];
  }
  return all.slice(0, positions);
}
