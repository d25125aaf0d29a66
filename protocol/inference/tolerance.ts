/** How far an honest miner may be from the validator, by what computes at both ends. Measured: docs/models.md has the trials. */
import type { ModelCard } from "../model.ts";
import { type Engine, engineOf } from "./engines.ts";
import type { Tolerance } from "./verdict.ts";

/**
 * The same engine and arithmetic at both ends: what differs is only how the text was cut into steps. Over 10,000 trials the
 * largest honest deviation was 0.023 nats and the largest regret 0.003, with 96 positions; over 10,000 of transcripts made
 * afterwards 0.031 and 0.005.
 */
const SAME_ENGINE: Tolerance = { deviation: 0.04, regret: 0.006 };

/** By the validator's engine, then the miner's: in the middle between honest and dishonest means, see test/verify/pairs.ts. */
const MEASURED: Readonly<Partial<Record<Engine, Readonly<Partial<Record<Engine, Tolerance>>>>>> = {
  "onnx int8": {
    "llama.cpp q4_1": { deviation: 0.0679, regret: 0.0185, positions: 384 },
    f32: { deviation: 0.0574, regret: 0.0085, positions: 192 },
    "vllm bf16": { deviation: 0.0683, regret: 0.0126, positions: 192 },
  },
  f32: {
    f32: SAME_ENGINE,
    "onnx int8": { deviation: 0.0607, regret: 0.0121, positions: 192 },
    "llama.cpp q4_1": { deviation: 0.059, regret: 0.0158, positions: 384 },
    "vllm bf16": { deviation: 0.0496, regret: 0.0074, positions: 192 },
  },
  "vllm bf16": {
    "onnx int8": { deviation: 0.0677, regret: 0.0141, positions: 384 },
    "llama.cpp q4_1": { deviation: 0.0655, regret: 0.0151, positions: 384 },
    f32: { deviation: 0.0467, regret: 0.0061, positions: 192 },
  },
};

type Computing = Pick<ModelCard, "backend" | "dtype" | "versions">;

/**
 * Undefined where nobody has measured what is honest: then a verdict would be a guess. Between engines versions do not count:
 * one of them changes less than another engine does. Another version of the validator's own engine is therefore given the
 * widest tolerance of other engines.
 */
export function toleranceBetween(miner: Computing, validator: Computing): Tolerance | undefined {
  if (miner.backend === validator.backend && miner.dtype === validator.dtype) {
    if (sameVersions(miner, validator)) return SAME_ENGINE;
  }
  const [asked, judging] = [engineOf(miner), engineOf(validator)];
  if (asked === undefined || judging === undefined) return undefined;
  const known = MEASURED[judging] ?? {};
  return known[asked] ?? (asked === judging ? widest(Object.values(known)) : undefined);
}

const sameVersions = (miner: Computing, validator: Computing): boolean =>
  Object.entries(validator.versions).every(([name, version]) => miner.versions[name] === version);

/** Undefined of none. */
export function widest(all: readonly Tolerance[]): Tolerance | undefined {
  if (all.length === 0) return undefined;
  const positions = Math.max(...all.map((each) => each.positions ?? 0));
  return {
    deviation: Math.max(...all.map(({ deviation }) => deviation)),
    regret: Math.max(...all.map(({ regret }) => regret)),
    ...(positions === 0 ? {} : { positions }),
  };
}
