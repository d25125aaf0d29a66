/** Compiled code of submitted modules by the module's digest: checked before each use, bounded, the oldest goes first. */
import { chmod, mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../runtime/ports/clock.ts";
import { ENGINE_PROFILE, WASMTIME_VERSION } from "../wasmtime/engine.ts";
import { identityOf, verifier } from "../wasmtime/modules.ts";

export interface CodeCache {
  /** Path of the code, when it is here and whole. */
  find(sha256: string): Promise<string | undefined>;
  store(sha256: string, code: Uint8Array): Promise<string>;
}

const CODE = ".cwasm";
/** Nobody can list what was submitted; whose digest somebody knows, isolates can read. */
const FOLDER_MODE = 0o711;
const CODE_MODE = 0o444;
const MAX_KNOWN = 10_000;

/** Wasmtime trusts the code blindly: beside each file lies the digest that it must have. */
export function createCodeCache({
  cacheDir,
  clock,
  maxBytes = 512 * 1024 * 1024,
}: {
  cacheDir: string;
  clock: Pick<Clock, "now">;
  maxBytes?: number;
}): CodeCache {
  const name = `${WASMTIME_VERSION}-${ENGINE_PROFILE}-${process.platform}-${process.arch}`;
  const folder = join(cacheDir, "guests", name);
  const pathOf = (sha256: string): string => join(folder, `${sha256}${CODE}`);
  /** What was found whole, and how to see that it still is. */
  const known = new Map<string, () => Promise<void>>();

  const whole = async (path: string): Promise<boolean> => {
    const verify = known.get(path);
    if (verify !== undefined) {
      const unchanged = await verify().then(
        () => true,
        () => false,
      );
      if (unchanged) return true;
      known.delete(path);
    }
    const [code, digest] = [Bun.file(path), Bun.file(`${path}.sha256`)];
    if (!(await code.exists()) || !(await digest.exists())) return false;
    const before = await identityOf(path);
    const found = digestOf(await code.bytes());
    if (found !== (await digest.text())) return false;
    if (known.size >= MAX_KNOWN) known.clear();
    known.set(path, verifier(path, found, before));
    return true;
  };

  return {
    async find(sha256) {
      const path = pathOf(sha256);
      if (!(await whole(path))) return undefined;
      const now = clock.now() / 1_000;
      // That changes the file's change time as well, which the check would take for somebody's hand.
      await utimes(`${path}.sha256`, now, now).catch(() => {});
      return path;
    },
    async store(sha256, code) {
      const path = pathOf(sha256);
      await mkdir(folder, { recursive: true });
      for (const each of [join(cacheDir, "guests"), folder]) await chmod(each, FOLDER_MODE);
      const fresh = `${path}.${process.pid}`;
      try {
        await Bun.write(fresh, code);
        await chmod(fresh, CODE_MODE);
        await Bun.write(`${path}.sha256`, digestOf(code));
        await rename(fresh, path);
      } finally {
        await rm(fresh, { force: true });
      }
      await trim(folder, { maxBytes, keep: path });
      return path;
    },
  };
}

const digestOf = (bytes: Uint8Array): string => new Bun.CryptoHasher("sha256").update(bytes).digest("hex");

/** Removes what was used longest ago until the rest fits. */
async function trim(folder: string, { maxBytes, keep }: { maxBytes: number; keep: string }): Promise<void> {
  const names = (await readdir(folder)).filter((name) => name.endsWith(CODE));
  const files = await Promise.all(
    names.map(async (name) => {
      const path = join(folder, name);
      const [code, used] = await Promise.all(
        [path, `${path}.sha256`].map((each) => stat(each).catch(() => undefined)),
      );
      return code === undefined ? [] : [{ path, size: code.size, usedAt: used?.mtimeMs ?? 0 }];
    }),
  );
  let room = maxBytes;
  for (const { path, size } of files.flat().sort((a, b) => b.usedAt - a.usedAt)) {
    room -= size;
    if (room >= 0 || path === keep) continue;
    await rm(path, { force: true });
    await rm(`${path}.sha256`, { force: true });
  }
}
