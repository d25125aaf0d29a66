/** Waits on real time until a condition holds; fails loudly instead of hanging when it never does. */
export async function until(holds: () => boolean, what: string, limitMs = 10_000): Promise<void> {
  const end = performance.now() + limitMs;
  while (!holds()) {
    if (performance.now() > end) throw new Error(`waited ${limitMs} ms in vain until ${what}`);
    await Bun.sleep(2);
  }
}
