/** Keeps the beginning and the end of a prompt that is too long: instructions stand there, as LongBench cuts its inputs. */

/** At most `room` tokens; the very same when they fit. */
export function truncateMiddle<Tokens extends Uint32Array | Uint8Array>(
  tokens: Tokens,
  room: number,
): Tokens {
  if (tokens.length <= room || room < 2) return tokens;
  const head = Math.ceil(room / 2);
  const tail = room - head;
  const kept = tokens.slice(0, room) as Tokens;
  kept.set(tokens.subarray(tokens.length - tail), head);
  return kept;
}
