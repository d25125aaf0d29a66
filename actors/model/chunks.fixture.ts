/** A model that is watched: what it makes, and when its answers end. */
import type { Model } from "../../models/model.ts";

export interface Watched extends Model {
  /** Answers and scores at work. */
  readonly running: number;
  /** Chunks of all answers, and how many those were whenever one ended. */
  readonly made: number;
  readonly endedAt: readonly number[];
}

export function watched(model: Model): Watched {
  let [running, made] = [0, 0];
  const endedAt: number[] = [];
  return {
    ...model,
    get status() {
      return model.status;
    },
    get running() {
      return running;
    },
    get made() {
      return made;
    },
    endedAt,
    async score(request, options) {
      running++;
      try {
        return await model.score(request, options);
      } finally {
        running--;
      }
    },
    async *generate(request, options) {
      running++;
      try {
        for await (const chunk of model.generate(request, options)) {
          made++;
          yield chunk;
        }
      } finally {
        running--;
        endedAt.push(made);
      }
    },
  };
}
