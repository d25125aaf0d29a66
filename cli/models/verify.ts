import { resolve } from "node:path";
import { drawRandom } from "../../actors/validator/draw.ts";
import type { Model } from "../../models/model.ts";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { createOpenAiModel } from "../../models/openai/openai.ts";
import { challenge, checkClaims } from "../../models/verify/challenge.ts";
import { Failure } from "../../protocol/failure.ts";
import { Challenge, promptRoom } from "../../protocol/inference/challenge.ts";
import type { Transcript } from "../../protocol/inference/claims.ts";
import { toleranceFor, unfitFor } from "../../protocol/inference/judged.ts";
import { toleranceBetween } from "../../protocol/inference/tolerance.ts";
import { type Tolerance, verdictOf } from "../../protocol/inference/verdict.ts";
import type { ModelCard } from "../../protocol/model.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { drawPrompt } from "../../subnets/inference/prompt.ts";
import { openModels } from "../node/models.ts";
import { cliLogger } from "../terminal/cli-logger.ts";
import { createProgress } from "../terminal/progress.ts";
import type { ModelsOptions } from "./options.ts";

const PROMPT_WORDS = 100;
const STATE_BYTES = 1024 ** 3;

/**
 * `models verify MODEL --against NAME|FILE.json|URL`: challenges a model as a validator would, beside the one that is named first.
 * Resolves with the exit code: 0 accepted, 1 not.
 */
export async function verify(
  operands: readonly string[],
  options: ModelsOptions,
  signal: AbortSignal,
): Promise<number> {
  const [name, ...more] = operands;
  if (name === undefined || more.length > 0 || options.against === undefined) {
    throw new Failure("config", "give the model to judge by, and --against what is to be judged", {
      hint: "E.g. bun run models verify smollm2 --against server.json",
    });
  }
  const { clock, rng } = PORTS;
  const blobs = createMemoryBlobs();
  const progress = createProgress({ quiet: options.json });
  const own = await openOnnxModel({
    folder: resolve(options.dir, name),
    clock,
    blobs,
    stateBytes: STATE_BYTES,
  });
  let candidate: Model | undefined;
  try {
    const card = await own.card();
    const random = drawRandom(Buffer.from(rng.bytes(16)).toString("hex"));
    const asked = Challenge.parse({ model: card.id, prompt: drawPrompt(random, PROMPT_WORDS) });
    const unfit = unfitFor(card, asked);
    if (unfit !== undefined) throw unfit;
    candidate = await open(options.against, card, options);
    progress.update({ label: "loading", fraction: 0 });
    await Promise.all([own.load({ signal }), candidate.load({ signal })]);
    progress.update({ label: `asking in ${asked.steps} steps`, fraction: 0.1 });
    const prompt = (await tokensOf(own, asked)).slice(0, promptRoom(card, asked));
    const transcript = await challenge(
      named(candidate, (await candidate.card()).id),
      { ...asked, prompt, vocabulary: card.vocabulary, clock, rng },
      { signal },
    );
    progress.update({ label: "checking", fraction: 0.9 });
    const seed = Buffer.from(rng.bytes(32)).toString("hex");
    const checked = await checkClaims(own, transcript, { ...asked, seed }, { signal });
    progress.done();
    const tolerance = toleranceFor(card) as Tolerance;
    const verdict = verdictOf(checked, tolerance);
    const speed = speedOf(transcript);
    if (options.json) console.log(JSON.stringify({ ...verdict, tolerance, ...speed }));
    else for (const line of lines({ ...verdict, ...speed }, tolerance)) console.log(line);
    const other = toleranceBetween(await candidate.card(), card);
    if (!verdict.accepted && other !== undefined && verdictOf(checked, other).accepted) {
      console.error("A subnet that names this engine among its `engines` would accept it.");
    }
    return verdict.accepted ? 0 : 1;
  } finally {
    progress.done();
    await Promise.allSettled([own.unload(), candidate?.unload()]);
  }
}

const PORTS = { clock: createSystemClock(), rng: createSystemRng() };

/** What is judged: a folder or a name here, a file that describes a server's model, or a server's address. */
async function open(
  against: string,
  { id, contextLength }: ModelCard,
  options: ModelsOptions,
): Promise<Model> {
  const blobs = createMemoryBlobs();
  if (/^https?:/.test(against)) {
    return createOpenAiModel({
      ...{ ...PORTS, blobs, http: createHttp(), baseUrl: against, dialect: options.server },
      model: { id, contextLength: options.contextLength ?? contextLength },
      ...(options.servedAs === undefined ? {} : { servedAs: options.servedAs }),
    });
  }
  const here = against.endsWith(".json") ? against : resolve(options.dir, against);
  const opened = await openModels({
    ...{ ...PORTS, blobs, log: cliLogger(), memoryBytes: STATE_BYTES },
    models: [here],
  });
  const ids = await Promise.all(opened.map(async (model) => (await model.card()).id));
  // A file may describe several; a folder may have a name of its own.
  const found = opened[Math.max(0, ids.indexOf(id))];
  if (found !== undefined) return found;
  throw new Failure("config", `${against} describes no model`);
}

/** Asked by the name that it has there. */
const named = (model: Model, id: string): Pick<Model, "generate"> => ({
  generate: (request, call) => model.generate({ ...request, model: id }, call),
});

async function tokensOf(model: Model, { model: id, prompt }: Challenge): Promise<number[]> {
  if (typeof prompt !== "string") return prompt;
  const input = { type: "prompt" as const, prompt: [{ type: "text" as const, text: prompt }] };
  const { tokens } = await model.tokenize({ model: id, context: [], input });
  if (tokens.type === "inline") return tokens.tokens;
  throw new Failure("defect", "a short prompt has too many tokens");
}

function speedOf({ claims, firstTokenMs, stepMs }: Transcript) {
  const sum = (values: readonly number[]) => values.reduce((total, value) => total + value, 0);
  return {
    firstTokenMs: sum(firstTokenMs) / firstTokenMs.length,
    tokensPerSecond: (1_000 * claims.length) / sum(stepMs),
  };
}

const lines = (
  found: { accepted: boolean; deviation: number; regret: number; positions: number } & ReturnType<
    typeof speedOf
  >,
  tolerance: Tolerance,
): string[] => [
  `deviation ${found.deviation.toFixed(4)}, at most ${tolerance.deviation}; regret ${found.regret.toFixed(4)}, at most ${tolerance.regret}; ${found.positions} positions`,
  `first token of a step after ${found.firstTokenMs.toFixed(0)} ms, ${found.tokensPerSecond.toFixed(1)} tokens a second in all`,
  found.accepted ? "accepted" : "not accepted: these are not the answers and probabilities of that model",
];
