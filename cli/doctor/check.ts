/** What one check of `doctor` found. */
import type { Role } from "../../protocol/role.ts";
import type { Clock, Rng, Spawn } from "../../runtime/ports/index.ts";
import type { NodeConfig } from "../node/config.ts";

export interface Finding {
  name: string;
  state: "ok" | "warn" | "fail" | "skipped";
  /** One line. */
  detail: string;
  /** What to do about it. */
  fix?: string;
}

/** What a check may look at. */
export interface Patient {
  config: NodeConfig;
  roles: readonly Role[];
  clock: Clock;
  rng: Rng;
  spawn: Spawn;
  signal: AbortSignal;
}

/** Never throws what it can say; what it throws all the same counts as `fail`. */
export interface Check {
  name: string;
  run: (patient: Patient) => Promise<Finding | Finding[]>;
}

export const skipped = (name: string, detail: string): Finding => ({ name, state: "skipped", detail });
