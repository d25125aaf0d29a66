/** `SequenceMatcher(None, a, b).ratio()` of Python's difflib, with its automatic junk rule. */

const AUTOJUNK_FROM = 200;

/** Positions of each element in `b`; elements too popular in a long `b` are no seeds of a match. */
function positions(b: readonly string[]): Map<string, number[]> {
  const index = new Map<string, number[]>();
  for (const [at, element] of b.entries()) {
    const list = index.get(element);
    if (list) list.push(at);
    else index.set(element, [at]);
  }
  if (b.length >= AUTOJUNK_FROM) {
    const popular = Math.floor(b.length / 100) + 1;
    for (const [element, list] of index) if (list.length > popular) index.delete(element);
  }
  return index;
}

/** Twice the matched elements over all elements, 0 to 1; two empty sequences match. */
export function matchingRatio(a: readonly string[], b: readonly string[]): number {
  if (a.length + b.length === 0) return 1;
  const index = positions(b);

  const longestMatch = (aFrom: number, aTo: number, bFrom: number, bTo: number) => {
    let [bestA, bestB, size] = [aFrom, bFrom, 0];
    let lengths = new Map<number, number>();
    for (let i = aFrom; i < aTo; i++) {
      const next = new Map<number, number>();
      for (const j of index.get(a[i] as string) ?? []) {
        if (j < bFrom) continue;
        if (j >= bTo) break;
        const length = (lengths.get(j - 1) ?? 0) + 1;
        next.set(j, length);
        if (length > size) [bestA, bestB, size] = [i - length + 1, j - length + 1, length];
      }
      lengths = next;
    }
    // A block may still grow over popular elements beside it.
    while (bestA > aFrom && bestB > bFrom && a[bestA - 1] === b[bestB - 1]) {
      bestA -= 1;
      bestB -= 1;
      size += 1;
    }
    while (bestA + size < aTo && bestB + size < bTo && a[bestA + size] === b[bestB + size]) size += 1;
    return { bestA, bestB, size };
  };

  let matched = 0;
  const open: [number, number, number, number][] = [[0, a.length, 0, b.length]];
  for (let span = open.pop(); span; span = open.pop()) {
    const [aFrom, aTo, bFrom, bTo] = span;
    const { bestA, bestB, size } = longestMatch(aFrom, aTo, bFrom, bTo);
    if (size === 0) continue;
    matched += size;
    open.push([aFrom, bestA, bFrom, bestB], [bestA + size, aTo, bestB + size, bTo]);
  }
  return (2 * matched) / (a.length + b.length);
}
