/** All code challenges, in the order in which a round deals them out. */
import type { Challenge } from "../challenge.ts";
import { buildOrder } from "./build-order.ts";
import { changelogEntries } from "./changelog-entries.ts";
import { classOrder } from "./class-order.ts";
import { diffLines } from "./diff-lines.ts";
import { findSignatures } from "./find-signatures.ts";
import { importGraph } from "./import-graph.ts";
import { logSummary } from "./log-summary.ts";
import { mergeBookings } from "./merge-bookings.ts";
import { tableJoin } from "./table-join.ts";

export const CHALLENGES: readonly Challenge[] = [
  changelogEntries,
  findSignatures,
  importGraph,
  classOrder,
  mergeBookings,
  logSummary,
  tableJoin,
  buildOrder,
  diffLines,
];
