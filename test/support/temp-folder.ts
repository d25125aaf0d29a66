/** A folder under the system's temporary one that is gone when the scope ends: `using folder = tempFolder()`. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

export function tempFolder(): { path: string } & Disposable {
  const path = mkdtempSync(join(tmpdir(), "orrery-"));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) };
}
