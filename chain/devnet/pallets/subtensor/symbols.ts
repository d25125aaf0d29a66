/** Signs of subnets: Greek letters by netuid, as the chain begins its list; root has the capital tau. */
const LETTERS = "Ταβγδεζηθικλμνξοπρσtυφχψω";

/** The sign of a new subnet, the first free one when its own is taken; root's when all are. */
export function symbolFor(netuid: number, used: readonly string[]): string {
  const taken = new Set(used);
  const own = LETTERS[netuid];
  if (own !== undefined && !taken.has(own)) return own;
  return [...LETTERS].slice(1).find((letter) => !taken.has(letter)) ?? LETTERS[0]!;
}

/** Whether it is one that a subnet may have. */
export const isSymbol = (symbol: string): boolean => [...LETTERS].includes(symbol);
