import { describe, expect, test } from "bun:test";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import { limitsOf, roomOf, viewOf } from "./settings.ts";

const MIB = 1024 * 1024;

describe("without a control group, where nothing counts what processes take together", () => {
  test("there is no /tmp, and everything is read-only", () => {
    const { diskBytes } = roomOf(DEFAULT_LIMITS, false);
    const { files } = viewOf([], { seed: 1, diskBytes });
    expect(files).not.toContain("--tmpfs");
    expect(files.join(" ")).toContain("--remount-ro /");
  });

  test("memory that is shared is limited through addresses, and CPU time by the kernel", () => {
    const limits = { ...DEFAULT_LIMITS, memoryBytes: 64 * MIB, cpuMs: 1_001 };
    expect(limitsOf(limits, false)).toMatchObject({ d: 64 * 1024, v: (64 + 192) * 1024, t: 2 });
    expect(limitsOf(limits, true)).not.toHaveProperty("v");
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
    expect(viewOf([], { seed: 1, diskBytes: 0 }).files).not.toContain("--size");
    expect(viewOf([], { seed: 1, diskBytes: 8_192 }).files.join(" ")).toContain("--size 8192 --tmpfs /tmp");
  });

  test("bubblewrap outside of the namespaces is one of the processes", () => {
    expect(roomOf({ ...DEFAULT_LIMITS, processes: 8 }, true).processes).toBe(9);
  });
});

test("hash order follows the seed", () => {
  expect(viewOf([], { seed: 42, diskBytes: 0 }).environment.join(" ")).toContain("PYTHONHASHSEED 42");
});
