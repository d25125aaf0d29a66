/**
 * `defineSubnet`: a mechanism as a value. Schemas and pure functions, nothing of transport, chain or storage.
 * Everything a validator needs to draw, judge, rank and weigh, so that any other validator can recompute it.
 */
import type { z } from "zod";
import type { ContentPart } from "./content.ts";
import type { AnswerEvidence } from "./evidence.ts";
import type { Json } from "./ids.ts";
import type { DraftChallenge } from "./inference/challenge.ts";
import type { InferenceObserved } from "./inference/judged.ts";
import type { CaseResult, IsolateLimits, IsolateRuntime } from "./isolate.ts";
import type { Metagraph } from "./metagraph.ts";
import type { Receipt } from "./receipt.ts";
import type { Verdict } from "./score.ts";
import type { Standing } from "./standing.ts";
import type { ToolEvidence, ToolProfile } from "./tools.ts";

/** What a mechanism's `score` returns; the runtime adds the job's key. */
export type { Verdict };

/** Content as a mechanism writes it: text of any length. The runtime turns long text into blobs. */
export type DraftContent = { type: "text"; text: string } | Exclude<ContentPart, { type: "text" }>;

/** A task as drawn: its public and its sealed part, both validated by the kind's schemas. */
export interface DrawnTask<Public = unknown, Sealed = unknown> {
  /** Unique within the round; a subject-safe name such as `code-3`. */
  id: string;
  kind: string;
  content?: DraftContent[];
  public: Public;
  sealed: Sealed;
}

/** What runs in an isolate: inputs only. Expected outputs stay in `sealed` and never enter one. */
export interface ProgramRun {
  runtime?: IsolateRuntime;
  /** Function to call for each case. */
  call?: string;
  cases: Json[];
  limits?: Partial<IsolateLimits>;
  /** One interpreter for all cases. Leave unset where submissions are adversarial. */
  loop?: boolean;
  /** Tools that the program may call, and the budget of one session for all cases. */
  tools?: ToolProfile;
}

/** What tools came to, for a mechanism that judges what a program cites or spends. */
export interface ToolsObserved {
  evidence: ToolEvidence;
  /** Calls in order; `detail` is a `ToolReceiptDetail`, whose results are what can be cited. */
  receipts: readonly Receipt[];
}

/** Judged by running the miner's program in an isolate. */
export interface ProgramKind<P extends z.ZodType = z.ZodType, S extends z.ZodType = z.ZodType> {
  by: "program";
  public: P;
  sealed: S;
  run(task: DrawnTask<z.output<P>, z.output<S>>): ProgramRun;
  /** `tools` is there where `run` granted some. */
  score(input: {
    task: DrawnTask<z.output<P>, z.output<S>>;
    cases: CaseResult[];
    tools?: ToolsObserved;
  }): Verdict;
}

/** Judged by challenging the model that the miner serves: its answers, its probabilities and its speed. */
export interface InferenceKind<P extends z.ZodType = z.ZodType, S extends z.ZodType = z.ZodType> {
  by: "inference";
  public: P;
  sealed: S;
  /** What is asked, of which model. Which probabilities are checked is drawn when the answer is whole. */
  challenge(task: DrawnTask<z.output<P>, z.output<S>>): DraftChallenge;
  /** How long a miner has for all steps together, in milliseconds. */
  timeoutMs(task: DrawnTask<z.output<P>, z.output<S>>): number;
  /** Called only when every step was answered; `inference.verdict` says whether by that model. */
  score(input: { task: DrawnTask<z.output<P>, z.output<S>>; inference: InferenceObserved }): Verdict;
}

/** Judged by asking the miner. */
export interface AnswerKind<P extends z.ZodType = z.ZodType, S extends z.ZodType = z.ZodType> {
  by: "answer";
  public: P;
  sealed: S;
  /** How long a miner has for this task, in milliseconds. */
  timeoutMs(task: DrawnTask<z.output<P>, z.output<S>>): number;
  /** `answer.text` is the whole answer; called only when a complete answer arrived. */
  score(input: {
    task: DrawnTask<z.output<P>, z.output<S>>;
    answer: { text: string; usage: AnswerEvidence["usage"] };
  }): Verdict;
}

export type TaskKind<P extends z.ZodType = z.ZodType, S extends z.ZodType = z.ZodType> =
  | ProgramKind<P, S>
  | AnswerKind<P, S>
  | InferenceKind<P, S>;

export const programTask = <P extends z.ZodType, S extends z.ZodType>(
  kind: Omit<ProgramKind<P, S>, "by">,
): ProgramKind<P, S> => ({ by: "program", ...kind });

export const answerTask = <P extends z.ZodType, S extends z.ZodType>(
  kind: Omit<AnswerKind<P, S>, "by">,
): AnswerKind<P, S> => ({ by: "answer", ...kind });

export const inferenceTask = <P extends z.ZodType, S extends z.ZodType>(
  kind: Omit<InferenceKind<P, S>, "by">,
): InferenceKind<P, S> => ({ by: "inference", ...kind });

/** Deterministic randomness for a draw: the same seed gives the same tasks on every validator. */
export interface DrawRandom {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  pick<T>(items: readonly T[]): T;
  /** A shuffled copy. */
  shuffle<T>(items: readonly T[]): T[];
}

export interface DrawContext<Params> {
  round: number;
  /** Hex seed of the round, from the chain. */
  seed: string;
  random: DrawRandom;
  params: Params;
  /** Rows of the dataset that the node loaded for this subnet, by file stem. */
  dataset: Readonly<Record<string, readonly Json[]>>;
}

/**
 * All judged scores of one miner in one round, sorted by task: the order of arrival cannot matter.
 * Empty when the miner was absent all round. Jobs that failed for reasons not its own are not in it.
 */
export interface RoundScores {
  round: number;
  scores: readonly (Verdict & { task: string; kind: string })[];
}

// biome-ignore lint/suspicious/noExplicitAny: kinds differ in their schemas; each is checked where it is declared.
export type TaskKinds = Record<string, TaskKind<any, any>>;

type TaskOf<Kinds extends TaskKinds> = {
  [K in keyof Kinds & string]: DrawnTask<z.output<Kinds[K]["public"]>, z.output<Kinds[K]["sealed"]>> & {
    kind: K;
  };
}[keyof Kinds & string];

export interface SubnetDefinition<Kinds extends TaskKinds = TaskKinds, P extends z.ZodType = z.ZodType> {
  name: string;
  version: number;
  summary: string;
  /** Operator-set parameters, with defaults. */
  params: P;
  kinds: Kinds;
  /**
   * Reads one line of an operator's dataset file, strictly. Fails with `malformed`, naming file and line.
   * Undefined for what is well-formed but no row to draw from, and is passed over. Without it any JSON line is a row.
   */
  parseRow?(line: string, where: { file: string; line: number }): Json | undefined;
  /** The round's tasks. Pure: seed, params and dataset decide everything. */
  draw(context: DrawContext<z.output<P>>): TaskOf<Kinds>[];
  /** A miner's new standing after a round. Pure; called in round order. */
  rank(previous: Standing, round: RoundScores, params: z.output<P>): Standing;
  /** Shares per uid, any non-negative scale. An empty or all-zero result sets no weights. */
  weigh(input: {
    standings: readonly Standing[];
    metagraph: Metagraph;
    params: z.output<P>;
  }): ReadonlyMap<number, number>;
}

/** A subnet whose kinds and params the holder need not know. */
// biome-ignore lint/suspicious/noExplicitAny: the runtime validates with the schemas that the definition carries.
export type Subnet = SubnetDefinition<any, any>;

/** Declares a mechanism, and refuses at once what could not work later. */
export function defineSubnet<Kinds extends TaskKinds, P extends z.ZodType>(
  definition: SubnetDefinition<Kinds, P>,
): SubnetDefinition<Kinds, P> {
  if (!/^[a-z][a-z0-9-]{0,31}$/.test(definition.name)) {
    throw new TypeError(
      `subnet name ${JSON.stringify(definition.name)} must be a lower-case word, e.g. "longcontext"`,
    );
  }
  if (Object.keys(definition.kinds).length === 0) {
    throw new TypeError(
      `subnet ${definition.name} declares no task kinds: add at least one programTask, answerTask or inferenceTask`,
    );
  }
  return definition;
}
