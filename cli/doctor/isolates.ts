/** Do isolates work here, and which layers stand around one? */
import { resolve } from "node:path";
import { Failure } from "../../protocol/failure.ts";
import { sandboxFacts } from "../../sandbox/check.ts";
import { ISOLATE_CACHE, openIsolates } from "../node/isolates.ts";
import { type Check, type Finding, skipped } from "./check.ts";

const STATES = { ok: "ok", weak: "warn", missing: "fail" } as const;

export const isolates: Check = {
  name: "isolates",
  async run({ config, roles, signal }) {
    if (!roles.includes("sandbox")) return skipped("isolates", "only the role sandbox needs them");
    const cache = resolve(ISOLATE_CACHE);
    try {
      const backend = await openIsolates({ options: config, cache, quiet: true, signal });
      try {
        const facts = await sandboxFacts(backend);
        return facts.map(
          ({ name, state, detail, hint }): Finding => ({
            name,
            state: STATES[state],
            detail,
            ...(hint === undefined ? {} : { fix: hint }),
          }),
        );
      } finally {
        await backend.close();
      }
    } catch (thrown) {
      const { message, hint } = Failure.from(thrown);
      return {
        name: "isolates",
        state: "fail",
        detail: message,
        ...(hint === undefined ? {} : { fix: hint }),
      };
    }
  },
};
