/** Is there room for what the node must remember, and may it write there? */
import { access, constants, mkdir, statfs } from "node:fs/promises";
import { resolve } from "node:path";
import type { Check, Finding } from "./check.ts";

const GIB = 1024 ** 3;
/** Below this the ledger of a busy subnet is full within days. */
const SCARCE = 5 * GIB;
const FULL = GIB / 4;

export const dataFolder: Check = {
  name: "data folder",
  async run({ config }) {
    const folder = resolve(config.data);
    try {
      await mkdir(folder, { recursive: true });
      await access(folder, constants.W_OK);
    } catch (thrown) {
      const code = (thrown as NodeJS.ErrnoException).code ?? "unknown";
      return {
        name: "data folder",
        state: "fail",
        detail: `${folder} cannot be written: ${code}`,
        fix: "Give a folder of this user's own with --data.",
      };
    }
    const { bavail, bsize } = await statfs(folder);
    return roomFinding(folder, bavail * bsize);
  },
};

/** `free` in bytes. */
export function roomFinding(folder: string, free: number): Finding {
  const detail = `${(free / GIB).toFixed(1)} GiB free in ${folder}`;
  if (free >= SCARCE) return { name: "data folder", state: "ok", detail };
  return {
    name: "data folder",
    state: free < FULL ? "fail" : "warn",
    detail,
    fix: "Free space, or move the folder with --data.",
  };
}
