import type { WeightsOptions } from "./options.ts";

/** `text` for people, `json` for `--json`; not `ok` where the answer is bad news. */
export interface Report {
  ok: boolean;
  text: string;
  json: object;
}

export type WeightsVerb = (options: WeightsOptions) => Promise<Report>;
