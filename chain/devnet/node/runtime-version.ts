/** What `state_getRuntimeVersion` answers. */
import type { Hex } from "../../scale/hex.ts";

export interface RuntimeVersion {
  specName: string;
  implName: string;
  authoringVersion: number;
  specVersion: number;
  implVersion: number;
  transactionVersion: number;
  stateVersion: number;
  /** Hash of the name (8 bytes) and version of every runtime API. */
  apis: [Hex, number][];
}
