/** Jieba's dictionary: how often each word was seen, and which texts begin a word. */
import { createRequire } from "node:module";

export interface Dictionary {
  /** Occurrences of a word; 0 for what is only the beginning of one. */
  readonly frequency: ReadonlyMap<string, number>;
  readonly logTotal: number;
}

// In Python jieba's dictionary, missing from the package's copy.
const MISSING = "B超 3 n";

// Not an import: that would read five megabytes at every start.
const require = createRequire(import.meta.url);

let loaded: Dictionary | undefined;

/** Loads the dictionary on first use (349,046 words, about half a second), so that English tasks never pay for it. */
export function dictionary(): Dictionary {
  if (loaded) return loaded;
  const { dict } = require("@node-rs/jieba/dict.js") as { dict: Uint8Array };
  const frequency = new Map<string, number>();
  let total = 0;
  for (const line of `${new TextDecoder().decode(dict)}\n${MISSING}`.split("\n")) {
    const [word, count] = line.split(" ");
    if (!word || !count) continue;
    frequency.set(word, Number(count));
    total += Number(count);
    for (let end = 1; end < word.length; end++) {
      const beginning = word.slice(0, end);
      if (!frequency.has(beginning)) frequency.set(beginning, 0);
    }
  }
  loaded = { frequency, logTotal: Math.log(total) };
  return loaded;
}
