/** What a test looks for in the ledger of a round. */

import type { LoadedSubnet } from "../../actors/loaded-subnet.ts";
import { bodyOf } from "../../actors/records.ts";
import { ranked, standingsProjection } from "../../actors/standings/standings.ts";
import type { Ledger, LedgerEvent } from "../../ledger/ledger.ts";
import type { RecordBody, RecordType } from "../../protocol/records.ts";
import type { Standing } from "../../protocol/standing.ts";

const LOOK_MS = 20;

/** Waits until so many events of a type are on record; tells all of them. */
export async function eventsOf<T extends RecordType>(
  ledger: Ledger,
  type: T,
  atLeast: number,
  limitMs: number,
): Promise<RecordBody<T>[]> {
  for (const until = performance.now() + limitMs; ; await Bun.sleep(LOOK_MS)) {
    const events: LedgerEvent[] = await ledger.read({ types: [type], limit: 10_000 });
    if (events.length >= atLeast) return events.flatMap((event) => bodyOf(event, type) ?? []);
    if (performance.now() > until) {
      throw new Error(`after ${limitMs} ms there are ${events.length} ${type}, not ${atLeast}`);
    }
  }
}

/** The standings once the first round is closed. */
export async function standingsOf(
  ledger: Ledger,
  subnet: LoadedSubnet,
  limitMs = 60_000,
): Promise<Standing[]> {
  await eventsOf(ledger, "round.closed", 1, limitMs);
  return ranked((await ledger.project(standingsProjection(subnet))).state);
}
