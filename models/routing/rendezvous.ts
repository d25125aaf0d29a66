/**
 * Which of several model actors is asked: the one that has probably read this prefix before, unless it has too much to do.
 * Rendezvous hashing (Thaler and Ravishankar, 1998) gives each prefix an order of actors that hardly changes when one comes
 * or goes; the bound on load is that of consistent hashing with bounded loads (Mirrokni and others, 2016).
 */
export interface Candidate {
  readonly name: string;
  /** Running and waiting, for each slot. */
  readonly load: number;
}

/** An actor may have this many times the mean load. */
const LOAD_FACTOR = 1.25;

/** All candidates, best first: those below the cap in the order of the prefix, then the others by load. */
export function preferred<C extends Candidate>(candidates: readonly C[], prefix: string): C[] {
  const mean = candidates.reduce((sum, { load }) => sum + load, 0) / Math.max(1, candidates.length);
  // One that stands idle is never above it, and with nothing to do anywhere the prefix alone decides.
  const cap = Math.max(1, mean * LOAD_FACTOR);
  const ranked = candidates
    .map((candidate) => ({ candidate, rank: rankOf(candidate.name, prefix) }))
    .toSorted((a, b) => (a.rank < b.rank ? 1 : -1))
    .map(({ candidate }) => candidate);
  const free = ranked.filter(({ load }) => load < cap);
  const full = ranked.filter(({ load }) => load >= cap).toSorted((a, b) => a.load - b.load);
  return [...free, ...full];
}

/** Hex of one length compares like the number. */
const rankOf = (name: string, prefix: string): string =>
  new Bun.CryptoHasher("sha256").update(`${name}\0${prefix}`).digest("hex");
