export type { Blobs } from "./blobs.ts";
export type { Clock, Timer } from "./clock.ts";
export type { Rng } from "./rng.ts";
export type { Spawn, SpawnOptions, SpawnResult } from "./spawn.ts";
export type { Store } from "./store.ts";
