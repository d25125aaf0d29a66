/**
 * Time in which this process was given its turns, in milliseconds: what it waited for the processor, on a machine with other
 * work to do, counts as one turn. For deadlines that a product has to keep by its own means.
 */
const TURN_MS = 10;

export function awakeTime(): { elapsed(): number } & Disposable {
  let awake = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    const now = performance.now();
    awake += Math.min(now - last, 2 * TURN_MS);
    last = now;
  }, TURN_MS);
  return { elapsed: () => awake, [Symbol.dispose]: () => clearInterval(timer) };
}
