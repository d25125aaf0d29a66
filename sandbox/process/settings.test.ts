import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import { limitsOf, roomOf, viewOf } from "./settings.ts";

const MIB = 1024 * 1024;

describe("without a control group, where nothing counts what processes take together", () => {
  test("there is no disk: /tmp stays as read-only as everything", () => {
    expect(roomOf(DEFAULT_LIMITS, false).diskBytes).toBe(0);
    const files = viewOf([]).files.join(" ");
    expect(files.indexOf("--dir /tmp")).toBeLessThan(files.indexOf("--remount-ro /"));
    expect(files).not.toContain("--tmpfs");
  });

  test("memory that is shared is limited through addresses, and CPU time by the kernel", () => {
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 * MIB, cpuMs: 1_001 };
    expect(limitsOf(limits, false)).toMatchObject({ DATA: 64 * MIB, AS: (64 + 192) * MIB, CPU: 3 });
    expect(limitsOf(limits, true)).not.toHaveProperty("AS");
  });

  test("there is one process without threads", () => {
    expect(limitsOf(DEFAULT_LIMITS, false)).toHaveProperty("NPROC", 1);
    expect(limitsOf(DEFAULT_LIMITS, true)).not.toHaveProperty("NPROC");
  });
});

describe("with a control group", () => {
  test("memory is the submission's, its files' and its output's, and a little more", () => {
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 * MIB, diskBytes: MIB, outputBytes: 1_000 };
    expect(roomOf(limits, true).memoryBytes).toBe((64 + 1 + 48) * MIB + 2_000);
  });

  test("/tmp has whole pages, and a disk of less than one is none: a size of 0 would be no limit", () => {
    const disk = (diskBytes: number) => roomOf({ ...DEFAULT_LIMITS, diskBytes }, true).diskBytes;
    expect([disk(4_095), disk(4_096), disk(10_000)]).toEqual([0, 4_096, 8_192]);
  });

  test("what waits outside of the namespaces is one of the processes", () => {
    expect(roomOf({ ...DEFAULT_LIMITS, processes: 8 }, true).processes).toBe(9);
  });
});
