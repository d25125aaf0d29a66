/** One job in one virtual machine: what is missing is installed and built, then it runs, then nothing of it is left. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { must } from "./command.ts";
import { buildJobDisk } from "./job-disk.ts";
import { EMULATOR_PACKAGE, emulatorOf, runMachine } from "./machine.ts";
import { type Arch, DEBIAN } from "./packages.ts";
import { buildSystem } from "./system.ts";

export interface Job {
  arch: Arch;
  /** Version of the control groups. */
  cgroup: "1" | "2" | "none";
  /** Whose processes: root's at the root group, root's in a service's group, an ordinary user's without and with delegation. */
  as: "root" | "service" | "plain" | "delegated";
  /** Shell commands in the working tree, one after the other until one fails. */
  commands: readonly string[];
  /** Debian's `linux-image-…`; by default the one for virtual machines. */
  kernel?: string | undefined;
  /** What is run instead of the working tree as it is now. */
  commit?: string | undefined;
  /** Files to have in `/vm/given`. */
  given?: readonly string[];
  packages?: readonly string[];
  modules?: readonly string[];
  minutes: number;
  onLine(line: string): void;
}

/** Exit code of the commands. Throws when the machine cannot be had, or ended before its job did. */
export async function runJob(job: Job): Promise<number> {
  const { arch, cgroup, as } = job;
  const report = (line: string) => console.log(`vm: ${line}`);
  if (process.getuid?.() !== 0) throw new Error("run as root: the machine's files must be root's");
  await install({ [emulatorOf(arch)]: EMULATOR_PACKAGE[arch], cpio: "cpio", mke2fs: "e2fsprogs" }, report);
  const kernel = job.kernel ?? `cloud-${DEBIAN[arch]}`;
  const system = await buildSystem({ arch, kernel, packages: job.packages ?? [] }, report);
  const folder = mkdtempSync(join(tmpdir(), "orrery-vm-"));
  try {
    const disk = await buildJobDisk(folder, {
      script: `set -e\n${job.commands.join("\n")}\n`,
      settings: { CGROUP: cgroup, AS: as, MODULES: (job.modules ?? []).join(" ") },
      given: job.given ?? [],
      commit: job.commit,
    });
    report(
      `starting ${arch}, ${cgroup === "none" ? "no control groups" : `control groups ${cgroup}`}, as ${as}`,
    );
    const code = await runMachine({
      ...{ arch, system, job: disk },
      ...{ deadlineMs: job.minutes * 60_000, onLine: job.onLine },
    });
    report(`exit code ${code}`);
    return code;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function install(programs: Readonly<Record<string, string>>, report: (line: string) => void) {
  const path = `${process.env.PATH}:/usr/sbin:/sbin`;
  const missing = Object.keys(programs).filter((program) => Bun.which(program, { PATH: path }) === null);
  if (missing.length === 0) return;
  const names = missing.map((program) => programs[program]!);
  report(`installing ${names.join(", ")}`);
  await must(["apt-get", "update", "-q"]);
  await must(["apt-get", "install", "-q", "-y", "--no-install-recommends", ...names]);
}
