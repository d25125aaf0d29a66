/** Writes a folder of secrets: modes first, nothing replaced unless told to. */
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { Failure } from "../../protocol/failure.ts";

export interface OutputFile {
  path: string;
  text: string;
  /** Readable by the owner only. */
  secret: boolean;
}

/** What this command writes, and so may remove with `--force`; whatever else is in the folder stays. */
const OURS = /^(README\.md|keys\.json|registry\.json|creds|data|n\d+\.conf)$/;

/** Fails with `config` when the folder holds files of an earlier run, unless `force`. */
export function prepareFolder(out: string, force: boolean): void {
  const present = existsSync(out) ? readdirSync(out).filter((name) => OURS.test(name)) : [];
  if (present.length > 0 && !force) {
    throw new Failure("config", `${out} already holds the files of a network`, {
      meta: { found: present.slice(0, 8).join(" ") },
      hint: "Choose another --out. --force replaces all keys and deletes the servers' data: every credential in use ends.",
    });
  }
  for (const name of present) rmSync(join(out, name), { recursive: true, force: true });
  mkdirSync(out, { recursive: true, mode: 0o700 });
}

export function writeFiles(out: string, files: readonly OutputFile[]): void {
  for (const { path, text, secret } of files) {
    const target = join(out, path);
    mkdirSync(dirname(target), { recursive: true, mode: 0o700 });
    // `wx`: a link that somebody put there meanwhile is not followed.
    writeFileSync(target, text, { mode: secret ? 0o600 : 0o644, flag: "wx" });
  }
}
