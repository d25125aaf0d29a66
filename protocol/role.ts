import { z } from "zod";

/** The actor sets an operator can start by name. */
export const ROLES = [
  "miner",
  "validator",
  "sandbox",
  "scorer",
  "weight-setter",
  "model",
  "registry",
  "gateway",
  "chain",
] as const;
export const Role = z.enum(ROLES);
export type Role = z.infer<typeof Role>;
