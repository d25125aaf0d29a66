/** The second disk of a virtual machine: the working tree, and what is to be done in it. */
import { copyFileSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, join, resolve } from "node:path";
import { must } from "./command.ts";
import { makeDisk } from "./disk.ts";

const REPOSITORY = resolve(import.meta.dir, "../..");
/** As a tar file, without what git ignores; what git knows and is no more is left out. */
const WORKING_TREE =
  "git ls-files -z --cached --others --exclude-standard --deduplicate | tar -c --null --ignore-failed-read -T - 2>/dev/null";

interface BuildJobDisk {
  /** A shell script, run in the working tree. */
  script: string;
  /** Variables of `start.sh`. */
  settings: Readonly<Record<string, string>>;
  /** Files to have in `/vm/given`. */
  given: readonly string[];
  /** What is run instead of the working tree as it is now. */
  commit: string | undefined;
}

/** Path of the disk, in that folder. */
export async function buildJobDisk(folder: string, job: BuildJobDisk): Promise<string> {
  const tree = join(folder, "tree");
  const main = join(tree, "main");
  mkdirSync(join(main, ".orrery/cache"), { recursive: true });
  mkdirSync(join(tree, "given"));
  const archive = job.commit === undefined ? WORKING_TREE : 'git archive "$1"';
  await must(["sh", "-c", `${archive} | tar -x -C "$0"`, main, job.commit ?? ""], REPOSITORY);
  symlinkSync("/node_modules", join(main, "node_modules"));
  for (const path of job.given) copyFileSync(path, join(tree, "given", basename(path)));
  copyFileSync(join(import.meta.dir, "start.sh"), join(tree, "start.sh"));
  const settings = Object.entries(job.settings).map(([name, value]) => `${name}="${value}"\n`);
  writeFileSync(join(tree, "settings"), settings.join(""));
  writeFileSync(join(tree, "job.sh"), job.script);
  const disk = join(folder, "disk");
  await makeDisk(tree, disk);
  rmSync(tree, { recursive: true });
  return disk;
}
