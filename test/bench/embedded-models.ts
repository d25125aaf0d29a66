/** The embedded models: SmolLM2 beside llama.cpp, one answer and several at once, and two million tokens of context. */
import { answerTo, factsIn } from "../../models/associative/facts.fixture.ts";
import type { Model } from "../../models/model.ts";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { Failure } from "../../protocol/failure.ts";
import { GenerateRequest, type ModelSnapshot, type ModelUsage } from "../../protocol/model.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { smollmGguf } from "../provision/smollm.ts";
import { cacheInPlaceRows } from "./cache-in-place.ts";
import { type LlamaPeer, type Speed, startLlamaPeer } from "./llama-peer.ts";
import { type BenchRow, median, timed } from "./row.ts";
import { secondTurnRows } from "./second-turn.ts";

const THREADS = 2;
const LENGTHS = [512, 2_048] as const;
const GIVEN = 32;
/** In turns; the best of each counts, since neighbours on the machine only ever slow one down. */
const ROUNDS = 3;
const TOGETHER = 4;
const SHORT = 64;
const GIVEN_TOGETHER = 64;
const LONG_TOKENS = 2_000_000;
const FACTS = 256;
const ASKED = 128;
const clock = createSystemClock();

export async function embeddedModelRows(): Promise<BenchRow[]> {
  const [smollm, associative] = [await folderOf("smollm2"), await folderOf("associative")];
  return [
    ...(await besideLlama(smollm)),
    ...(await together(smollm)),
    ...(await cacheInPlaceRows(smollm, THREADS)),
    ...(await cancellation(smollm)),
    ...(await longContext(associative)),
  ];
}

async function folderOf(name: "smollm2" | "associative"): Promise<string> {
  const found = await embeddedModel(name);
  if (found.path !== undefined) return found.path;
  throw new Failure("config", `no model to measure: ${found.missing}`, {
    hint: `Run \`bun run models pull ${name}\`.`,
  });
}

async function withModel<T>(
  folder: string,
  { slots = 1 }: { slots?: number },
  work: (model: Model, blobs: ReturnType<typeof createMemoryBlobs>) => Promise<T>,
): Promise<T> {
  const blobs = createMemoryBlobs();
  const model = await openOnnxModel({ folder, clock, blobs, threads: THREADS, slots });
  try {
    await model.load();
    return await work(model, blobs);
  } finally {
    await model.unload();
  }
}

/** Other tokens in every round: nothing is found read already. */
const prompt = (tokens: number, round: number) => ({
  type: "tokens" as const,
  tokens: Array.from({ length: tokens }, (_, n) => 300 + ((n + 977 * round) % 40_000)),
});

async function usageOf(model: Model, request: GenerateRequest): Promise<ModelUsage> {
  for await (const chunk of model.generate(request)) if (chunk.type === "end") return chunk.usage;
  throw new Failure("defect", "an answer without an end");
}

async function ours(model: Model, tokens: number, round: number): Promise<Speed> {
  const request = GenerateRequest.parse({
    model: "smollm2",
    input: prompt(tokens, round),
    sampling: { ignoreEnd: true },
    limits: { maxTokens: GIVEN + 1 },
  });
  const { prefillMs, decodeMs } = await usageOf(model, request);
  return { prefillMs, decodeMs };
}

const llamaPeer = async (answers: number): Promise<LlamaPeer> =>
  startLlamaPeer({
    gguf: (await smollmGguf()).path ?? "",
    ...{ threads: THREADS, answers, python: process.env.ORRERY_LLAMA_PYTHON },
  });

async function besideLlama(folder: string): Promise<BenchRow[]> {
  await using peer = await llamaPeer(1);
  return await withModel(folder, {}, async (model) => {
    const rows: BenchRow[] = [];
    for (const length of LENGTHS) {
      const [us, them]: [Speed[], Speed[]] = [[], []];
      for (let round = 0; round < ROUNDS; round++) {
        us.push(await ours(model, length, round));
        them.push(await peer.measure(length, GIVEN));
      }
      const rates = (name: "prefillMs" | "decodeMs", tokens: number) =>
        [us, them].map((side) => (1_000 * tokens) / Math.min(...side.map((each) => each[name]))) as [
          number,
          number,
        ];
      rows.push(
        ratioRow(`prefill of ${length} tokens, beside ${peer.engine}`, rates("prefillMs", length), 2),
      );
      rows.push(ratioRow(`decode after ${length} tokens, beside it`, rates("decodeMs", GIVEN), 0.9));
    }
    rows.push(...(await secondTurnRows(model, peer)));
    return rows;
  });
}

const ratioRow = (name: string, [value, floor]: readonly [number, number], least: number): BenchRow => ({
  name: `SmolLM2, ${THREADS} threads: ${name}`,
  value,
  unit: "tokens/s",
  floor,
  ratio: value / floor,
  goal: `≥ ${least} ×`,
  holds: value >= least * floor,
});

/** Several answers that take their steps together, and the same ones after the other. */
async function together(folder: string): Promise<BenchRow[]> {
  await using peer = await llamaPeer(TOGETHER);
  const asked = { prompt: SHORT, given: GIVEN_TOGETHER, answers: TOGETHER };
  return await withModel(folder, { slots: TOGETHER }, async (model) => {
    const [once, each, them]: [number[], number[], number[]] = [[], [], []];
    for (let round = 0; round < ROUNDS; round++) {
      const requests = Array.from({ length: TOGETHER }, (_, n) => shortRequest(TOGETHER * round + n));
      each.push(
        await timed(async () => {
          for (const request of requests) await usageOf(model, request);
        }),
      );
      once.push(await timed(() => Promise.all(requests.map((request) => usageOf(model, request)))));
      const ms = await peer.measureTogether(asked);
      if (ms !== undefined) them.push(ms);
    }
    const rate = (took: readonly number[]) => (1_000 * TOGETHER * GIVEN_TOGETHER) / Math.min(...took);
    const what = `${TOGETHER} answers of ${GIVEN_TOGETHER} tokens at once`;
    return [
      ratioRow(`${what}, beside one after another`, [rate(once), rate(each)], 1.5),
      ...(them.length === 0
        ? []
        : [ratioRow(`${what}, beside ${peer.engine}`, [rate(once), rate(them)], 0.9)]),
    ];
  });
}

const shortRequest = (round: number): GenerateRequest =>
  GenerateRequest.parse({
    model: "smollm2",
    input: prompt(SHORT, round),
    sampling: { ignoreEnd: true },
    limits: { maxTokens: GIVEN_TOGETHER },
  });

/** From the moment the caller is gone until the only slot answers somebody else. */
async function cancellation(folder: string): Promise<BenchRow[]> {
  return await withModel(folder, {}, async (model) => {
    const over: number[] = [];
    const chunks: number[] = [];
    for (let round = 0; round < ROUNDS; round++) {
      const request = GenerateRequest.parse({ model: "smollm2", input: prompt(2_048, 10 + round) });
      const abort = new AbortController();
      const reader = model.generate(request, { signal: abort.signal })[Symbol.asyncIterator]();
      for (let chunk = 0; chunk < 4; chunk++) chunks.push(await timed(() => reader.next()));
      const began = performance.now();
      abort.abort();
      await reader.next().catch(() => {});
      over.push(performance.now() - began);
    }
    const chunk = Math.max(...chunks);
    const value = median(over);
    return [
      {
        name: "SmolLM2: caller gone → slot free, during prefill; beside one chunk of 128 tokens",
        value,
        unit: "ms",
        floor: chunk,
        ratio: value / chunk,
        goal: "≤ one chunk + 20 ms",
        holds: value <= chunk + 20,
      },
    ];
  });
}

async function longContext(folder: string): Promise<BenchRow[]> {
  const { text, latest } = factsIn({ tokens: LONG_TOKENS, facts: FACTS, seed: 3 });
  return await withModel(folder, {}, async (model, blobs) => {
    const request = GenerateRequest.parse({
      model: "associative",
      context: [await blobs.put(text)],
      input: { type: "tokens", tokens: [] },
      limits: { maxTokens: 0 },
      snapshot: true,
    });
    const took: number[] = [];
    let state: ModelSnapshot | undefined;
    for (let round = 0; round < ROUNDS; round++) {
      took.push(await timed(async () => (state = await snapshotOf(model, request))));
    }
    const resume = state!;
    const seconds = Math.min(...took) / 1_000;
    let right = 0;
    for (const [key, value] of [...latest].slice(0, ASKED))
      if ((await answerTo(model, key, { resume })) === value) right++;
    return [
      {
        name: `associative: ${(resume.tokens / 1e6).toFixed(1)}M tokens of text to a state, in ${seconds.toFixed(1)} s`,
        value: resume.tokens / seconds,
        unit: "tokens/s",
        floor: null,
        ratio: null,
        goal: "≥ 1M tokens/s, ≤ 6 s",
        holds: resume.tokens / seconds >= 1e6 && seconds <= 6,
      },
      {
        name: `associative: exact of ${ASKED} asked, ${FACTS} facts and ${latest.size} keys in the text`,
        value: right,
        unit: "exact",
        floor: null,
        ratio: null,
        goal: "≥ 120",
        holds: right >= 120,
      },
      await handOver(folder, model, blobs, resume),
    ];
  });
}

async function snapshotOf(model: Model, request: GenerateRequest): Promise<ModelSnapshot> {
  for await (const chunk of model.generate(request)) {
    if (chunk.type === "end" && chunk.snapshot !== undefined) return chunk.snapshot;
  }
  throw new Failure("defect", "an answer without a snapshot");
}

/** A state out of one process and into another, up to its first token. */
async function handOver(
  folder: string,
  model: Model,
  blobs: ReturnType<typeof createMemoryBlobs>,
  resume: ModelSnapshot,
): Promise<BenchRow> {
  const other = await openOnnxModel({ folder, clock, blobs });
  try {
    await other.load();
    const base = { model: "associative", input: { type: "tokens", tokens: [] } };
    const out = GenerateRequest.parse({ ...base, resume, limits: { maxTokens: 0 }, snapshot: true });
    const took: number[] = [];
    for (let round = 0; round < 4 * ROUNDS; round++) {
      took.push(
        await timed(async () => {
          const moved = await snapshotOf(model, out);
          await usageOf(other, GenerateRequest.parse({ ...base, resume: moved, limits: { maxTokens: 1 } }));
        }),
      );
    }
    const value = median(took);
    return {
      name: `associative: state of ${(resume.blob.size / 1e6).toFixed(1)} MB from one process to another, first token back`,
      value,
      unit: "ms",
      floor: null,
      ratio: null,
      goal: "≤ 50 ms",
      holds: value <= 50,
    };
  } finally {
    await other.unload();
  }
}
