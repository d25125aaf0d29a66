/**
 * A prompt's parts as one row of tokens. Neighbouring texts are encoded together: a word may cross their border. `begin` opens
 * a text that does not open with it already; who sends tokens sends all of them.
 */
import type { Segment } from "../request/read-input.ts";
import type { Tokenizer } from "./tokenizer.ts";

export function encodeSegments(
  tokenizer: Tokenizer,
  segments: readonly Segment[],
  begin: number | null = null,
): Uint32Array {
  const parts = merged(segments).map((segment) =>
    segment.type === "tokens" ? segment.tokens : tokenizer.encode(segment.text, segment),
  );
  const opens = begin !== null && segments[0]?.type === "text" && parts[0]?.[0] !== begin;
  if (opens) parts.unshift(Uint32Array.of(begin));
  if (parts.length === 1) return parts[0]!;
  const all = new Uint32Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function merged(segments: readonly Segment[]): Segment[] {
  const out: Segment[] = [];
  for (const segment of segments) {
    const last = out.at(-1);
    const joins = last?.type === "text" && segment.type === "text" && last.special === segment.special;
    if (joins) out[out.length - 1] = { ...last, text: last.text + segment.text };
    else out.push(segment);
  }
  return out;
}
