/** Chance as a port: seeded in simulation, the operating system's elsewhere. */
export interface Rng {
  /** Uniform in [0, 1). */
  next(): number;
  /** Uniform integer in [0, below). */
  integer(below: number): number;
  bytes(count: number): Uint8Array;
}
