/**
 * QUASAR (Bittensor SN24) as a mechanism: code challenges with hidden tests (README of January 2026) and
 * long-context reading scored by LongBench's metrics and context multipliers (README of December 2025).
 */
import { movingAverage } from "../../protocol/moving-average.ts";
import { sharesOf } from "../../protocol/shares.ts";
import { defineSubnet } from "../../protocol/subnet.ts";
import { parseLongBenchRow } from "../longbench/row.ts";
import { code } from "./code/kind.ts";
import { draw } from "./draw.ts";
import { LongContextParams } from "./params.ts";
import { reading } from "./reading/kind.ts";

export const longcontext = defineSubnet({
  name: "longcontext",
  version: 1,
  summary: "Write code against hidden tests; answer questions over contexts of up to 2 million tokens",
  params: LongContextParams,
  kinds: { code, reading },
  parseRow: parseLongBenchRow,
  draw,
  rank: movingAverage,
  weigh: ({ standings, metagraph, params }) => sharesOf({ standings, metagraph, split: params.split }),
});
