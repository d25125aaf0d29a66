import { expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import seccomp from "../seccomp/program.json" with { type: "json" };
import { containerSettings, shapeOf } from "./settings.ts";

const settings = { image: "sha256:0", limits: DEFAULT_LIMITS, node: "test" };
const host = (changes: Partial<typeof settings & { runtime: string }> = {}) =>
  containerSettings({ ...settings, ...changes }).HostConfig!;

test("no network, no capabilities, no way to more privileges, nothing of the host", () => {
  expect(host()).toMatchObject({
    NetworkMode: "none",
    IpcMode: "none",
    ReadonlyRootfs: true,
    CapDrop: ["ALL"],
  });
  expect(host().SecurityOpt).toContain("no-new-privileges");
  expect(containerSettings(settings).User).toBe("65534:65534");
  for (const sharing of ["Binds", "Mounts", "Devices", "VolumesFrom", "CapAdd", "Privileged", "PidMode"]) {
    expect(host()).not.toHaveProperty(sharing);
  }
});

test("memory has no swap beside it, and room for what the submission may write", () => {
  expect(host().MemorySwap).toBe(host().Memory!);
  const roomier = { ...DEFAULT_LIMITS, diskBytes: DEFAULT_LIMITS.diskBytes + 4_096 };
  expect(host({ limits: roomier }).Memory).toBe(host().Memory! + 4_096);
});

test("no disk is no /tmp: a size of 0 would be no limit", () => {
  expect(host({ limits: { ...DEFAULT_LIMITS, diskBytes: 0 } })).not.toHaveProperty("Tmpfs");
  expect(host().Tmpfs?.["/tmp"]).toContain(`size=${DEFAULT_LIMITS.diskBytes}`);
});

test("a runtime is one setting", () => {
  expect(host()).not.toHaveProperty("Runtime");
  expect(host({ runtime: "runsc" }).Runtime).toBe("runsc");
});

test("containers are interchangeable only when all that is fixed in them is equal", () => {
  expect(shapeOf({ ...DEFAULT_LIMITS, cpuMs: 1, wallMs: 1, fuel: 1 })).toBe(shapeOf(DEFAULT_LIMITS));
  for (const fixed of ["memoryBytes", "outputBytes", "processes", "diskBytes"] as const) {
    expect(shapeOf({ ...DEFAULT_LIMITS, [fixed]: DEFAULT_LIMITS[fixed] + 1 })).not.toBe(
      shapeOf(DEFAULT_LIMITS),
    );
  }
});

test("system calls are refused unless they are named, and those of past escapes are not", () => {
  expect(seccomp.defaultAction).toBe("SCMP_ACT_ERRNO");
  const allowed = seccomp.syscalls.filter(({ action }) => action === "SCMP_ACT_ALLOW");
  const names = allowed.flatMap((rule) => rule.names);
  for (const name of "unshare setns mount ptrace keyctl add_key bpf io_uring_setup perf_event_open userfaultfd clone3 memfd_create shmget mq_open".split(
    " ",
  )) {
    expect(names).not.toContain(name);
  }
  for (const name of ["clone", "socket", "prlimit64", "prctl", "ioctl"]) {
    const rules = allowed.filter((rule) => rule.names.includes(name));
    expect(rules.every((rule) => (rule.args?.length ?? 0) > 0)).toBe(true);
  }
});
