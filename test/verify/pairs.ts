/**
 * `bun test/verify/pairs.ts FOLDER`: what honest and dishonest miners on one engine look like to a validator on another.
 * What is there already is not made again. Needs vLLM (test/vllm/install.ts) and hours of a small machine.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Model } from "../../models/model.ts";
import { challenge, checkClaims } from "../../models/verify/challenge.ts";
import type { Checked, Transcript } from "../../protocol/inference/claims.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { smollmGguf } from "../provision/smollm.ts";
import { ENGINES, type Engine, type EngineName } from "./engines.ts";
import { fileOf, VARIANTS, type Variant } from "./pair-files.ts";
import { MODEL, promptOf } from "./trials.ts";

const clock = createSystemClock();
const names = Object.keys(ENGINES) as EngineName[];
const { positionals, values } = parseArgs({
  allowPositionals: true,
  options: {
    transcripts: { type: "string", default: "24" },
    first: { type: "string", default: "0" },
    miners: { type: "string", default: names.join(",") },
    validators: { type: "string", default: names.filter((name) => ENGINES[name].scores).join(",") },
  },
});
const folder = positionals[0] ?? "";
const numbers = Array.from({ length: Number(values.transcripts) }, (_, n) => Number(values.first) + n);
const chosen = (list: string) => names.filter((name) => list.split(",").includes(name));
const report = (line: string) => console.log(`${new Date().toISOString().slice(11, 19)} ${line}`);

const [miners, validators] = [chosen(values.miners), chosen(values.validators)];
mkdirSync(folder, { recursive: true });
const gguf = await Bun.file((await smollmGguf()).path ?? "").bytes();
let prompts: Promise<Map<number, number[]>> | undefined;
const place = (...parts: string[]) => join(folder, fileOf(numbers[0] ?? 0, ...parts));

for (const miner of miners) {
  for (const variant of Object.keys(VARIANTS) as Variant[]) {
    const file = place(miner, variant);
    if (existsSync(file)) continue;
    const engine: Engine = ENGINES[miner];
    await using opened = await engine.open(VARIANTS[variant](gguf), report);
    const transcripts = await each(numbers, engine.slots, (n) => transcriptOf(opened.model, n));
    await Bun.write(file, JSON.stringify(transcripts));
    report(`${miner}, ${variant}: ${transcripts.length} transcripts`);
  }
}
for (const validator of validators) {
  const wanted = miners.flatMap((miner) =>
    (Object.keys(VARIANTS) as Variant[]).map((variant) => ({ miner, variant })),
  );
  const missing = wanted.filter(({ miner, variant }) => !existsSync(place(miner, variant, validator)));
  if (missing.length === 0) continue;
  const engine: Engine = ENGINES[validator];
  await using opened = await engine.open(gguf, report);
  for (const { miner, variant } of missing) {
    const transcripts = (await Bun.file(place(miner, variant)).json()) as Transcript[];
    const checked: Checked[][] = await each(transcripts, engine.slots, (transcript) =>
      checkClaims(opened.model, transcript, {
        positions: transcript.claims.length,
        seed: "all of them",
      }),
    );
    await Bun.write(place(miner, variant, validator), JSON.stringify(checked));
  }
  report(`${validator} has scored`);
}

async function transcriptOf(model: Model, n: number): Promise<Transcript> {
  const prompt = (await (prompts ??= allPrompts())).get(n)!;
  return challenge(model, {
    ...{ model: MODEL, prompt, vocabulary: 49_152, clock, rng: createSeededRng(n) },
  });
}

async function allPrompts(): Promise<Map<number, number[]>> {
  await using tokenizer = await ENGINES["onnx q8/int8"].open(gguf, report);
  const all = new Map<number, number[]>();
  for (const n of numbers) all.set(n, await promptOf(tokenizer.model, n));
  return all;
}

/** Some at a time, in order. */
async function each<T, R>(list: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const done: R[] = [];
  for (let at = 0; at < list.length; at += atOnce) {
    done.push(...(await Promise.all(list.slice(at, at + atOnce).map(work))));
  }
  return done;
}
