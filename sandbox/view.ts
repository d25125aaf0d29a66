/** What an isolate's process sees of the host's files: nothing but what is listed, and that read-only. */
import { lstatSync, readlinkSync } from "node:fs";
import { join } from "node:path";

/** Arguments of bubblewrap. */
export interface View {
  files: readonly string[];
  environment: readonly string[];
}

const LIBRARIES = ["usr/lib", "usr/lib64", "usr/local/lib", "lib", "lib64", "etc/ld.so.cache"];
const DEVICES = ["/dev/null", "/dev/zero", "/dev/random", "/dev/urandom"];

/** The system's shared libraries, at their places: folders, or the links to folders that they are on newer systems. */
export function systemLibraries(root = "/"): string[] {
  return LIBRARIES.flatMap((name) => {
    const path = join(root, name);
    const found = lstatSync(path, { throwIfNoEntry: false });
    if (found === undefined) return [];
    return found.isSymbolicLink() ? ["--symlink", readlinkSync(path), path] : readOnly(path);
  });
}

export const readOnly = (path: string): string[] => ["--ro-bind", path, path];

/** The harmless devices, and nothing that could be written to. */
export const devices = (): string[] => DEVICES.flatMap((path) => ["--dev-bind", path, path]);

/** Everything that the uid may read, for machines whose programs need places that nobody can foresee. */
export const EVERYTHING: View = {
  files: ["--ro-bind", "/", "/", "--dev", "/dev", "--proc", "/proc"],
  environment: [],
};
