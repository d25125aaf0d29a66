/** Work of many miners in a fair order: the next turn is that of who has the fewest running; a bounded number per miner and in all. */
export interface FairQueue<T> {
  add(owner: number, item: T): void;
  /** Resolves when everything added was run, or rejects with the first error that `run` threw. */
  drained(): Promise<void>;
}

export interface FairQueueOptions<T> {
  /** At once, of one owner: a miner that makes us wait waits alone. */
  perOwner: number;
  /** At once, of all. */
  total: number;
  run: (item: T) => Promise<void>;
}

export function createFairQueue<T>({ perOwner, total, run }: FairQueueOptions<T>): FairQueue<T> {
  const waiting = new Map<number, T[]>();
  const running = new Map<number, number>();
  let active = 0;
  let pumping = false;
  let failed: { error: unknown } | undefined;
  let settle: { resolve: () => void; reject: (error: unknown) => void } | undefined;

  function next(): { owner: number; item: T } | undefined {
    let chosen: { owner: number; items: T[] } | undefined;
    let fewest = perOwner;
    for (const [owner, items] of waiting) {
      const count = running.get(owner) ?? 0;
      if (count >= fewest) continue;
      fewest = count;
      chosen = { owner, items };
      if (count === 0) break;
    }
    if (chosen === undefined) return undefined;
    const { owner, items } = chosen;
    const item = items.shift() as T;
    // Back of the line: of two who have as much running, the next turn is the other's.
    waiting.delete(owner);
    if (items.length > 0) waiting.set(owner, items);
    return { owner, item };
  }

  function pump(): void {
    while (active < total && failed === undefined) {
      const turn = next();
      if (turn === undefined) break;
      active++;
      running.set(turn.owner, (running.get(turn.owner) ?? 0) + 1);
      run(turn.item)
        .catch((error: unknown) => (failed ??= { error }))
        .finally(() => {
          active--;
          running.set(turn.owner, (running.get(turn.owner) ?? 1) - 1);
          pump();
        });
    }
    if (settle === undefined) return;
    if (failed !== undefined) settle.reject(failed.error);
    else if (active === 0 && waiting.size === 0) settle.resolve();
  }

  return {
    add(owner, item) {
      const items = waiting.get(owner);
      if (items === undefined) waiting.set(owner, [item]);
      else items.push(item);
      // Not at once: who is added first must not take every place before the others are in line.
      if (pumping) return;
      pumping = true;
      void Promise.resolve().then(() => {
        pumping = false;
        pump();
      });
    },
    drained: () =>
      new Promise<void>((resolve, reject) => {
        settle = { resolve, reject };
        pump();
      }),
  };
}
