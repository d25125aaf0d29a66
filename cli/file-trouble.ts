/** What the system says of a file, as a user is told it: which file, what is wrong with it, what to do. */
import { Failure } from "../protocol/failure.ts";

const TROUBLES: Record<string, { what: string; hint: string }> = {
  ENOENT: { what: "is not there", hint: "Check the path." },
  ENOTDIR: { what: "cannot be reached: a part of the path is a file", hint: "Check the path." },
  EISDIR: { what: "is a folder where a file is asked for", hint: "Check the path." },
  EEXIST: { what: "is there already", hint: "Choose another path, or move it away." },
  EACCES: { what: "may not be used by this user", hint: "Check its owner and its mode." },
  EPERM: { what: "may not be changed by this user", hint: "Check its owner and its mode." },
  EROFS: { what: "is on a file system that cannot be written", hint: "Choose a path on another one." },
  ENOSPC: { what: "does not fit: the disk is full", hint: "Make space, or choose a path on another disk." },
  EDQUOT: { what: "does not fit: this user's quota is used up", hint: "Make space, or raise the quota." },
};

/** `config` for an error of the file system that names its path, wherever it was thrown; else undefined. */
export function fileTrouble(thrown: unknown): Failure | undefined {
  const error = thrown instanceof Failure ? thrown.cause : thrown;
  if (!(error instanceof Error) || !("code" in error) || !("path" in error)) return undefined;
  const trouble = TROUBLES[String(error.code)];
  if (trouble === undefined || (thrown instanceof Failure && thrown.code !== "defect")) return undefined;
  return new Failure("config", `${String(error.path)} ${trouble.what}`, { hint: trouble.hint, cause: error });
}
