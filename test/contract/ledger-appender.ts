/**
 * A process that appends to a ledger and says so on stdout once each append is acknowledged: `key seq` per line.
 * Arguments: where, name, count (0 for ever). Tests kill it wherever they like.
 */
import { writeSync } from "node:fs";
import { openLedger } from "../../ledger/open.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";

const [where = "", name = "", count = "0"] = process.argv.slice(2);
const TURN = 8;

writeSync(1, "opening\n");
const ledger = await openLedger(where, { clock: createSystemClock() });
const append = async (key: string) => {
  const [result] = await ledger.append([{ subnet: "demo", type: "job.concluded", key, body: { key } }], {
    effects: [{ id: `effect-${key}`, kind: "notify", body: key }],
  });
  writeSync(1, `${key} ${result?.event.seq}\n`);
};
for (let turn = 0; count === "0" || turn * TURN < Number(count); turn++)
  await Promise.all(Array.from({ length: TURN }, (_, at) => append(`${name}-${turn * TURN + at}`)));
await ledger.close();
