/** Which miners there are on each engine, and where `pairs.ts` keeps what it found of them. */
import { layersSwapped, requantised } from "./tampered.ts";

export const VARIANTS = {
  honest: (file: Uint8Array) => file,
  "fewer bits": requantised,
  "layers swapped": (file: Uint8Array) => layersSwapped(file, 14),
} as const;
export type Variant = keyof typeof VARIANTS;

/** Of transcripts from number `first` on; with a validator, what it found of them. */
export const fileOf = (first: number, ...parts: string[]): string =>
  `${parts.join("@").replaceAll(/[ /]/g, "-")}.${first}.json`;
