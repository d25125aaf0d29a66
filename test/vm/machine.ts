/** A virtual machine with a real kernel, from its start to its end. */

import type { Arch } from "./packages.ts";
import type { System } from "./system.ts";

interface Machine {
  emulator: string;
  machine: string;
  cpu: string;
  console: string;
}

const MACHINES: Readonly<Record<Arch, Machine>> = {
  x64: { emulator: "qemu-system-x86_64", machine: "q35", cpu: "max", console: "ttyS0" },
  arm64: { emulator: "qemu-system-aarch64", machine: "virt", cpu: "neoverse-n1", console: "ttyAMA0" },
};
/** Debian's packages of the emulators. */
export const EMULATOR_PACKAGE: Readonly<Record<Arch, string>> = {
  x64: "qemu-system-x86",
  arm64: "qemu-system-arm",
};
const MEMORY_MIB = 6_144;

export const emulatorOf = (arch: Arch): string => MACHINES[arch].emulator;

interface RunMachine {
  arch: Arch;
  system: System;
  /** Disk with the working tree and the job. */
  job: string;
  deadlineMs: number;
  onLine: (line: string) => void;
}

/** Exit code of the job. Throws when the machine ended, or was ended at its deadline, without telling one. */
export async function runMachine(run: RunMachine): Promise<number> {
  const { arch, system } = run;
  const { emulator, machine, cpu, console } = MACHINES[arch];
  const disks = [system.disk, run.job].flatMap((file) => [
    "-drive",
    `file=${file},format=raw,if=virtio,snapshot=on,cache=unsafe`,
  ]);
  const child = Bun.spawn(
    [
      ...[emulator, "-machine", machine, "-accel", "tcg", "-cpu", cpu],
      ...["-icount", "shift=0"], // a nanosecond an instruction, so that deadlines are the same however slow emulation is
      ...["-smp", "1", "-m", String(MEMORY_MIB), "-nic", "none", "-nographic", "-no-reboot"],
      ...["-object", "rng-random,id=rng,filename=/dev/urandom", "-device", "virtio-rng-pci,rng=rng"],
      ...["-kernel", system.kernel, "-initrd", system.initrd, ...disks],
      ...["-append", `console=${console} panic=-1 quiet loglevel=3`],
    ],
    { stdin: "ignore", stdout: "pipe", stderr: "inherit" },
  );
  const late = setTimeout(() => child.kill("SIGKILL"), run.deadlineMs);
  let code: number | undefined;
  let rest = "";
  const decoder = new TextDecoder();
  try {
    for await (const chunk of child.stdout) {
      const lines = (rest + decoder.decode(chunk, { stream: true })).split("\n");
      rest = lines.pop() ?? "";
      for (const raw of lines) {
        const line = raw.replaceAll("\r", "");
        const told = /^orrery-vm: exit (\d+)$/.exec(line)?.[1];
        if (told !== undefined) code = Number(told);
        else run.onLine(line);
      }
    }
    await child.exited;
  } finally {
    clearTimeout(late);
    child.kill("SIGKILL");
  }
  if (code === undefined) throw new Error(`the machine ended before its job did: ${rest.slice(-300)}`);
  return code;
}
