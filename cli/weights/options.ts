import { z } from "zod";
import { DEFAULT_LEDGER } from "../../ledger/open.ts";
import { option } from "../options/options.ts";

export const WeightsOptions = z.object({
  ledger: option(z.string().min(1).max(1_000).default(DEFAULT_LEDGER), {
    description: "A SQLite file, or postgres://user:password@host/database.",
    placeholder: "PATH|URL",
    secret: true,
  }),
  subnet: option(z.string().max(1_024).default("longcontext"), {
    description: "A built-in subnet, or the path of a module that exports one.",
    placeholder: "NAME|PATH",
  }),
  params: option(z.record(z.string().max(64), z.json()).default({}), {
    description: "plan: the subnet's parameters.",
  }),
  network: option(z.string().max(4_096).default("local"), {
    description: "plan: finney, test, local, or addresses of nodes.",
    placeholder: "NAME|URL[,…]",
  }),
  netuid: option(z.number().int().min(0).max(65_535).default(1), {
    description: "plan: subnet number on chain.",
  }),
  hotkey: option(z.string().max(4_096).optional(), {
    description: "plan: hotkey file, or a development key such as //Alice. Nothing is signed.",
    placeholder: "FILE|URI",
    secret: true,
  }),
  versionKey: option(z.number().int().min(0).optional(), {
    description: "plan: version key to set with. Default: the mechanism's version.",
  }),
  limit: option(z.number().int().min(1).max(50).default(10), {
    description: "history: at most so many decisions, newest first.",
    placeholder: "N",
  }),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});
export type WeightsOptions = z.output<typeof WeightsOptions>;
