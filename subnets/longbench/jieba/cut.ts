/**
 * Chinese word segmentation exactly as Python jieba 0.42.1 `jieba.cut(text)` (accurate mode, HMM on).
 * A port, because the native packages cut mixed text such as "GPT-3.5" differently and scores would differ.
 */
import { WHITESPACE } from "../python.ts";
import { type Dictionary, dictionary } from "./dictionary.ts";
import { cutUnknown } from "./unknown-words.ts";

const WORDS = /([\u4E00-\u9FD5a-zA-Z0-9+#&._%-]+)/;
const BLANK = new RegExp(`(\\r\\n|[${WHITESPACE}])`, "u");

/** For each place, where the word of the most probable segmentation that starts there ends. */
function bestEnds(text: string, { frequency, logTotal }: Dictionary): Uint32Array {
  const ends = new Uint32Array(text.length);
  const scores = new Float64Array(text.length + 1);
  for (let at = text.length - 1; at >= 0; at--) {
    let best = Number.NEGATIVE_INFINITY;
    let any = false;
    const consider = (end: number, count: number) => {
      const score = Math.log(count) - logTotal + (scores[end] as number);
      if (score >= best) [best, ends[at]] = [score, end];
    };
    for (let end = at + 1; end <= text.length; end++) {
      const count = frequency.get(text.slice(at, end));
      if (count === undefined) break;
      if (count === 0) continue;
      any = true;
      consider(end, count);
    }
    if (!any) consider(at + 1, 1);
    scores[at] = best;
  }
  return ends;
}

function* cutRun(text: string): Generator<string> {
  const known = dictionary();
  const ends = bestEnds(text, known);
  let single = "";
  function* flush(): Generator<string> {
    if (single.length > 1 && !known.frequency.get(single)) yield* cutUnknown(single);
    else yield* single;
    single = "";
  }
  for (let at = 0; at < text.length; at = ends[at] as number) {
    const word = text.slice(at, ends[at]);
    if (word.length === 1) single += word;
    else {
      yield* flush();
      yield word;
    }
  }
  yield* flush();
}

/** Words of a text in order, blanks and punctuation included. */
export function cut(text: string): string[] {
  const found: string[] = [];
  for (const block of text.split(WORDS)) {
    if (block === "") continue;
    if (WORDS.test(block)) for (const word of cutRun(block)) found.push(word);
    else {
      for (const piece of block.split(BLANK)) {
        if (BLANK.test(piece)) found.push(piece);
        else found.push(...piece);
      }
    }
  }
  return found;
}
