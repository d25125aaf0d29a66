/** Keeps the beginning and the end of a prompt that is too long: instructions stand there, as LongBench cuts its inputs. */

/** At most `room` tokens; the very same when they fit. */
export function truncateMiddle(tokens: Uint32Array, room: number): Uint32Array {
  if (tokens.length <= room || room < 2) return tokens;
  const head = Math.ceil(room / 2);
  const tail = room - head;
  const kept = new Uint32Array(room);
  kept.set(tokens.subarray(0, head));
  kept.set(tokens.subarray(tokens.length - tail), head);
  return kept;
}
