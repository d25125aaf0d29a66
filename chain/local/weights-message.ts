import { canonicalJson } from "../../protocol/canonical.ts";
import type { WeightVector } from "../../protocol/weights.ts";

/** The bytes that a hotkey signs to set weights on a local chain. */
export const weightsMessage = (weights: {
  netuid: number;
  hotkey: string;
  vector: WeightVector;
  versionKey: number;
}): Uint8Array =>
  new TextEncoder().encode(
    `orrery/weights/1\n${canonicalJson({
      netuid: weights.netuid,
      hotkey: weights.hotkey,
      vector: weights.vector,
      versionKey: weights.versionKey,
    })}`,
  );
