/** What a control group counted. The two versions have other names for it. */
import { readNumber } from "./files.ts";

/** Counters since the group was made. Null is what the kernel does not tell. */
export interface CgroupUsage {
  readonly cpuMs: number | null;
  readonly peakBytes: number | null;
  readonly oomKills: number | null;
  readonly refusedForks: number | null;
}

export function usageOf1(memory: string, pids: string, cpu: string): CgroupUsage {
  const ns = readNumber(cpu, "cpuacct.usage");
  return {
    cpuMs: ns === null ? null : ns / 1e6,
    peakBytes: readNumber(memory, "memory.max_usage_in_bytes"),
    oomKills: readNumber(memory, "memory.oom_control", "oom_kill"),
    refusedForks: readNumber(pids, "pids.events", "max"),
  };
}

export function usageOf2(folder: string): CgroupUsage {
  const us = readNumber(folder, "cpu.stat", "usage_usec");
  return {
    cpuMs: us === null ? null : us / 1e3,
    peakBytes: readNumber(folder, "memory.peak"),
    oomKills: readNumber(folder, "memory.events", "oom_kill"),
    refusedForks: readNumber(folder, "pids.events", "max"),
  };
}
