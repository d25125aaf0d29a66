/** Compiled code of submitted modules by the module's digest: checked at each read, bounded, the oldest goes first. */
import { mkdir, readdir, rename, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import type { Clock } from "../../runtime/ports/clock.ts";
import { ENGINE_PROFILE, WASMTIME_VERSION } from "../wasmtime/engine.ts";

const DIGEST_BYTES = 32;

export interface CodeCache {
  /** The code, when it is here and whole. */
  read(sha256: string): Promise<Uint8Array | undefined>;
  write(sha256: string, code: Uint8Array): Promise<void>;
}

/** Wasmtime trusts the code blindly: each file begins with the digest of what follows. */
export function createCodeCache({
  cacheDir,
  clock,
  maxBytes = 512 * 1024 * 1024,
}: {
  cacheDir: string;
  clock: Pick<Clock, "now">;
  maxBytes?: number;
}): CodeCache {
  const folder = join(
    cacheDir,
    "guests",
    `${WASMTIME_VERSION}-${ENGINE_PROFILE}-nocow-${process.platform}-${process.arch}`,
  );
  const pathOf = (sha256: string): string => join(folder, `${sha256}.cwasm`);
  return {
    async read(sha256) {
      const file = Bun.file(pathOf(sha256));
      if (!(await file.exists())) return undefined;
      const bytes = await file.bytes();
      const code = bytes.subarray(DIGEST_BYTES);
      if (!digestOf(code).equals(bytes.subarray(0, DIGEST_BYTES))) return undefined;
      const now = clock.now() / 1_000;
      await utimes(pathOf(sha256), now, now).catch(() => {}); // another node may have removed it
      return code;
    },
    async write(sha256, code) {
      await mkdir(folder, { recursive: true, mode: 0o700 });
      const fresh = `${pathOf(sha256)}.${process.pid}`;
      await Bun.write(fresh, Buffer.concat([digestOf(code), code]), { mode: 0o400 });
      await rename(fresh, pathOf(sha256));
      await trim(folder, maxBytes);
    },
  };
}

const digestOf = (bytes: Uint8Array): Buffer => new Bun.CryptoHasher("sha256").update(bytes).digest();

/** Removes what was used longest ago until the rest fits. */
async function trim(folder: string, maxBytes: number): Promise<void> {
  const files = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      const found = await stat(path).catch(() => undefined);
      return found === undefined ? [] : [{ path, size: found.size, usedAt: found.mtimeMs }];
    }),
  );
  let room = maxBytes;
  for (const { path, size } of files.flat().sort((a, b) => b.usedAt - a.usedAt)) {
    room -= size;
    if (room < 0) await rm(path, { force: true });
  }
}
