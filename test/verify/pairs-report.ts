/**
 * `bun test/verify/pairs-report.ts FOLDER`: what `pairs.ts` found there. For each pair a tolerance chosen on the transcripts
 * from 0 on, in the middle between honest and dishonest miners, and what it accepts of those from 1000 on.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import type { Checked } from "../../protocol/inference/claims.ts";
import { meansOf, type Tolerance } from "../../protocol/inference/verdict.ts";
import type { Rng } from "../../runtime/ports/rng.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { ENGINES } from "./engines.ts";
import { fileOf, VARIANTS } from "./pair-files.ts";
import { draw } from "./trials.ts";

const TRIALS = 10_000;
/** Of 128 claims of a transcript, and so many for each further one. */
const POSITIONS = 96;
const [CHOSEN_ON, REPORTED_ON] = [0, 1000];
const CHEAP = "cheap answers, right scores";
const folder = process.argv[2] ?? "";

type Means = Pick<Tolerance, "deviation" | "regret">;

/** By miner: what trials find, each of `joined` transcripts. */
async function trials(miner: string, validator: string, first: number, joined: number) {
  const found = new Map<string, Means[]>();
  const rng = createSeededRng(11);
  for (const variant of Object.keys(VARIANTS)) {
    const file = join(folder, fileOf(first, miner, variant, validator));
    if (!existsSync(file)) continue;
    const all = (await Bun.file(file).json()) as Checked[][];
    const of = (list: Checked[][]) => Array.from({ length: TRIALS }, () => oneTrial(list, joined, rng));
    found.set(variant, of(all));
    // Who has the right model scored, but answers with a cheap one, tells what the validator will find.
    if (variant === "fewer bits") {
      found.set(CHEAP, of(all.map((list) => list.map((each) => ({ ...each, logprob: each.own })))));
    }
  }
  return found;
}

/** Of different transcripts: that many challenges, or one of that many times the steps. */
function oneTrial(all: readonly Checked[][], joined: number, rng: Rng): Means {
  const left = [...all];
  const picked = Array.from({ length: joined }, () => left.splice(rng.integer(left.length), 1));
  return meansOf(picked.flatMap((one) => draw(one, POSITIONS, rng)));
}

/** In the middle, by ratio: an honest mean and a dishonest one both spread by factors. */
function chosen(found: ReadonlyMap<string, Means[]>): Means {
  const honest = found.get("honest") ?? [];
  const most = (of: keyof Means) => Math.max(...honest.map((means) => means[of]));
  const least = (variants: string[], of: keyof Means) =>
    Math.min(...variants.flatMap((variant) => (found.get(variant) ?? []).map((means) => means[of])));
  const middle = (a: number, b: number) => Math.sqrt(a * b);
  return {
    deviation: middle(most("deviation"), least(["fewer bits", "layers swapped"], "deviation")),
    regret: middle(Math.max(most("regret"), 0.001), least([CHEAP], "regret")),
  };
}

const shown = (of: keyof Means, list: readonly Means[]): string => {
  const values = list.map((means) => means[of]).toSorted((a, b) => a - b);
  return `${values[0]!.toFixed(4)}…${values.at(-1)!.toFixed(4)}`;
};

for (const [validator, { scores }] of Object.entries(ENGINES)) {
  if (!scores) continue;
  for (const miner of Object.keys(ENGINES)) {
    for (const joined of [1, 2, 4]) {
      const [first, other] = [
        await trials(miner, validator, CHOSEN_ON, joined),
        await trials(miner, validator, REPORTED_ON, joined),
      ];
      if (first.size === 0) continue;
      const limit = chosen(first);
      console.log(
        `\n${miner} → ${validator}, ${POSITIONS * joined} positions: deviation ${limit.deviation.toFixed(4)}, regret ${limit.regret.toFixed(4)}`,
      );
      for (const variant of first.keys()) {
        const line = [first, other].map((found) => {
          const list = found.get(variant);
          if (list === undefined) return "-";
          const accepted = list.filter(
            ({ deviation, regret }) => deviation <= limit.deviation && regret <= limit.regret,
          ).length;
          return `${accepted} accepted, ${shown("deviation", list)}, ${shown("regret", list)}`;
        });
        console.log(`  ${variant.padEnd(28)} ${line.join("   |   ")}`);
      }
    }
  }
}
