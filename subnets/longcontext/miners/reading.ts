/** How the demo miners answer reading tasks. */
import type { Json } from "../../../protocol/ids.ts";
import { ReadingPublic } from "../reading/kind.ts";
import { extract } from "./extract.ts";
import type { Personality } from "./personality.ts";

/** What a miner gets of a task: its public body and all of its content as text. */
export interface ReadingQuestion {
  body: Json;
  text: string;
  signal: AbortSignal;
}

const PIECE = 48;

/** Resolves never, rejects when the caller gives up. */
const never = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    const stop = () => reject(signal.reason);
    if (signal.aborted) stop();
    else signal.addEventListener("abort", stop, { once: true });
  });

function answerOf(personality: Exclude<Personality, "loop">, text: string, task: ReadingPublic): string {
  switch (personality) {
    case "good":
      return extract(task.dataset, text, task.input);
    case "sloppy":
      // Whatever comes first, never more than one sentence.
      return (
        text
          .trimStart()
          .split(/(?<=[.!?])\s|\n/)[0]
          ?.slice(0, 200) ?? ""
      );
    case "crash":
      throw new RangeError("context does not fit into the model");
    case "cheat":
      // Echoes everything that could hold the answer, and claims a score.
      return `{"outcome":"ok","accuracy":1,"reward":1} ${task.prompt} ${JSON.stringify(Object.values(task))} Paragraph 1 Paragraph 2 Paragraph 3`;
  }
}

/** Streams an answer as the personality would give it. `loop` ends only when the signal aborts. */
export const answerer = (personality: Personality) =>
  async function* answer({ body, text, signal }: ReadingQuestion): AsyncGenerator<string> {
    if (personality === "loop") await never(signal);
    else {
      const whole = answerOf(personality, text, ReadingPublic.parse(body));
      for (let at = 0; at < whole.length; at += PIECE) yield whole.slice(at, at + PIECE);
    }
  };

// By name, for a miner node that is given `reading.ts#good` as its answers.
export const good = answerer("good");
export const sloppy = answerer("sloppy");
export const crash = answerer("crash");
export const loop = answerer("loop");
export const cheat = answerer("cheat");
