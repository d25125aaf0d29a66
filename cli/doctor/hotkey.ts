/** Does the hotkey load, and can nobody else read its file? */
import { stat } from "node:fs/promises";
import { loadSigner } from "../../chain/keys/index.ts";
import { Failure } from "../../protocol/failure.ts";
import { type Check, skipped } from "./check.ts";

const OTHERS = 0o077;

export const hotkey: Check = {
  name: "hotkey",
  async run({ config }) {
    const name = "hotkey";
    if (config.hotkey === undefined) {
      const needed = config.role.some((role) => ["miner", "validator", "weight-setter"].includes(role));
      if (!needed) return skipped(name, "these roles need none");
      const fix = "Give it with --hotkey FILE.";
      return { name, state: "fail", detail: "a role acts for a hotkey, and none is given", fix };
    }
    try {
      const { hotkey: address } = await loadSigner(config.hotkey);
      const mode = await stat(config.hotkey).then(
        (found) => found.mode,
        () => undefined, // a key in words, not a file
      );
      if (mode !== undefined && (mode & OTHERS) !== 0) {
        const detail = `${address}; others may read its file (mode ${(mode & 0o777).toString(8)})`;
        return { name, state: "fail", detail, fix: `chmod 600 ${config.hotkey}` };
      }
      if (config.hotkey.startsWith("//")) {
        const fix = "Only for tests: everybody knows this key.";
        return { name, state: "warn", detail: `${address}, a development key`, fix };
      }
      return { name, state: "ok", detail: address };
    } catch (thrown) {
      const { message, hint } = Failure.from(thrown);
      return { name, state: "fail", detail: message, ...(hint === undefined ? {} : { fix: hint }) };
    }
  },
};
