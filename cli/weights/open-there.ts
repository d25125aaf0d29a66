import { existsSync } from "node:fs";
import type { Ledger } from "../../ledger/ledger.ts";
import { isPostgres, openLedger } from "../../ledger/open.ts";
import { Failure } from "../../protocol/failure.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";

/** A ledger that exists: opening another would make an empty one, which answers every question wrongly. */
export async function openThere(ledger: string): Promise<Ledger> {
  if (!isPostgres(ledger) && !existsSync(ledger)) {
    throw new Failure("config", `there is no ledger at ${ledger}`, {
      hint: "Give the validator's with --ledger PATH.",
    });
  }
  return openLedger(ledger, { clock: createSystemClock() });
}
