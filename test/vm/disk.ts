/** A file as a disk. */
import { must } from "./command.ts";

/** For what a machine writes. */
const FREE_MIB = 2_000;
const MOST_FILES = 200_000;

/** A file system that holds a folder, with room to write. */
export async function makeDisk(folder: string, disk: string): Promise<void> {
  const mib = Number((await must(["du", "-sm", "--apparent-size", folder])).split("\t")[0]);
  const size = `${Math.ceil(mib * 1.3) + FREE_MIB}M`;
  const options = ["-q", "-t", "ext4", "-O", "^has_journal", "-m", "0", "-N", String(MOST_FILES)];
  await must(["mke2fs", ...options, "-d", folder, disk, size]);
}
