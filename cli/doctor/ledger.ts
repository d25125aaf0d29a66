/** Does the ledger open, and has its newest event the hash on record? */
import { existsSync } from "node:fs";
import { join, resolve } from "node:path";
import { eventHash, toRow } from "../../ledger/event.ts";
import { isPostgres, openLedger } from "../../ledger/open.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import { type Check, skipped } from "./check.ts";

const NEED_IT: readonly Role[] = ["scorer", "validator", "weight-setter", "gateway"];

export const ledger: Check = {
  name: "ledger",
  async run({ config, roles, clock }) {
    const name = "ledger";
    if (!roles.some((role) => NEED_IT.includes(role))) return skipped(name, "these roles need none");
    const where = config.ledger ?? join(resolve(config.data), "ledger.sqlite");
    if (!isPostgres(where) && !existsSync(where)) return skipped(name, "none yet: the first start makes it");
    try {
      const opened = await openLedger(where, { clock });
      try {
        const head = await opened.head();
        const [last] = head.seq === 0 ? [] : await opened.read({ after: head.seq - 1, limit: 1 });
        if (head.seq > 0 && (last === undefined || eventHash(toRow(last)) !== head.hash)) {
          const fix = "Run `bun run ledger verify`; it names the first bad event. Then restore a backup.";
          return { name, state: "fail", detail: `event ${head.seq} has not the hash on record`, fix };
        }
        return { name, state: "ok", detail: `${head.seq} events, head ${head.hash.slice(0, 16)}…` };
      } finally {
        await opened.close();
      }
    } catch (thrown) {
      const { message, hint } = Failure.from(thrown);
      const fix = hint ?? "Run `bun run ledger verify`; restore a backup if it says so.";
      return { name, state: "fail", detail: message, fix };
    }
  },
};
