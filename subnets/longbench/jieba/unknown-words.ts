/** Words that the dictionary lacks, found by jieba's hidden Markov model over begin, middle, end and single characters. */
import { readFileSync } from "node:fs";

const STATES = ["B", "E", "M", "S"] as const;
type State = (typeof STATES)[number];

const IMPOSSIBLE = -3.14e100;
const BEFORE: Record<State, readonly State[]> = {
  B: ["E", "S"],
  M: ["M", "B"],
  S: ["S", "E"],
  E: ["B", "M"],
};

interface Model {
  start: Record<State, number>;
  step: Record<State, Record<State, number>>;
  emit: Record<State, Map<string, number>>;
}

const perState = <T>(make: (state: State, at: number) => T): Record<State, T> =>
  Object.fromEntries(STATES.map((state, at) => [state, make(state, at)])) as Record<State, T>;

/** Lines that are no comment: start, four rows of steps, then emissions per state as `character:log,…`. */
function parse(text: string): Model {
  const lines = text.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
  const numbers = (line: string | undefined) => (line ?? "").trim().split(" ").map(Number);
  const row = (values: number[]) => perState((_, at) => values[at] ?? IMPOSSIBLE);
  const emissions = (line: string | undefined) =>
    new Map((line ?? "").split(",").map((pair) => [pair[0] ?? "", Number(pair.slice(2))] as const));
  return {
    start: row(numbers(lines[0])),
    step: perState((_, at) => row(numbers(lines[1 + at]))),
    emit: perState((_, at) => emissions(lines[5 + at])),
  };
}

// Not an import: that would read half a megabyte at every start, and most tasks are English.
const MODEL_FILE = new URL("./hmm_model.utf8", import.meta.url);

let loaded: Model | undefined;

/** Best state per character. Ties go to the later letter, as in the reference. */
function viterbi(characters: readonly string[]): State[] {
  loaded ??= parse(readFileSync(MODEL_FILE, "utf8"));
  const { start, step, emit } = loaded;
  const emission = (state: State, at: number) => emit[state].get(characters[at] as string) ?? IMPOSSIBLE;
  let scores = perState((state) => start[state] + emission(state, 0));
  const cameFrom: Record<State, State>[] = [];
  const best = (candidates: readonly State[], value: (state: State) => number): State =>
    candidates.reduce((a, b) => (value(b) > value(a) || (value(b) === value(a) && b > a) ? b : a));
  for (let at = 1; at < characters.length; at++) {
    const previous = scores;
    const into = (state: State, from: State) => previous[from] + step[from][state] + emission(state, at);
    const from = perState((state) => best(BEFORE[state], (candidate) => into(state, candidate)));
    scores = perState((state) => into(state, from[state]));
    cameFrom.push(from);
  }
  let state = best(["E", "S"], (candidate) => scores[candidate]);
  const path = [state];
  for (const from of cameFrom.reverse()) path.push((state = from[state]));
  return path.reverse();
}

function* cutChinese(text: string): Generator<string> {
  const characters = [...text];
  const states = viterbi(characters);
  let begin = 0;
  let next = 0;
  for (const [at, state] of states.entries()) {
    if (state === "B") begin = at;
    if (state === "E") yield characters.slice(begin, at + 1).join("");
    if (state === "S") yield characters[at] as string;
    if (state === "E" || state === "S") next = at + 1;
  }
  if (next < characters.length) yield characters.slice(next).join("");
}

/** Splits text that no dictionary word covers. */
export function* cutUnknown(text: string): Generator<string> {
  for (const block of text.split(/([\u4E00-\u9FD5]+)/)) {
    if (/^[\u4E00-\u9FD5]/.test(block)) yield* cutChinese(block);
    else yield* block.split(/([a-zA-Z0-9]+(?:\.\d+)?%?)/).filter(Boolean);
  }
}
