/** Reading and writing the small files that control groups are made of. */
import { readdirSync, readFileSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A number of a group's file: the whole of it, or what follows a key. Null when it is not told, or is `max`. */
export function readNumber(folder: string, file: string, key = ""): number | null {
  for (const line of readText(join(folder, file)).split("\n")) {
    const [name = "", value = name] = line.split(" ");
    if ((key === "" || name === key) && /^\d+$/.test(value)) return Number(value);
  }
  return null;
}

export function readText(path: string): string {
  try {
    return readFileSync(path, "latin1");
  } catch {
    return "";
  }
}

/** Writes to a file that the kernel made; throws where it has made none. */
export const write = (folder: string, file: string, value: number): void =>
  writeFileSync(join(folder, file), String(value), { flag: "r+" });

export function tryWrite(folder: string, file: string, value: number): boolean {
  try {
    write(folder, file, value);
    return true;
  } catch {
    return false;
  }
}

/** Names of the groups in a group. */
export function children(folder: string): string[] {
  try {
    const entries = readdirSync(folder, { withFileTypes: true });
    return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
  } catch {
    return [];
  }
}

/** Whether the group is gone now. */
export function removed(folder: string): boolean {
  try {
    rmdirSync(folder);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "ENOENT";
  }
}
