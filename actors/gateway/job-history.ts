/** The latest jobs of each miner, bounded per miner and in all, and the evidence that can be read because they are shown. */
import type { BlobRef } from "../../protocol/blob.ts";
import { type JobView, MAX_JOBS_SHOWN } from "../../protocol/views.ts";

/** All miners together; with details of at most 4 KiB each this is 80 MB at the very worst. */
const MAX_JOBS = 20_000;

export interface JobHistory {
  add(job: JobView): void;
  /** Forgets what a uid did: its next jobs are another hotkey's. */
  forget(uid: number): void;
  /** Newest first. */
  of(uid: number): readonly JobView[];
  /** The evidence of a job that is shown: nothing else can be read through the gateway. */
  evidence(sha256: string): BlobRef | undefined;
}

export function createJobHistory(limits = { perMiner: MAX_JOBS_SHOWN, total: MAX_JOBS }): JobHistory {
  const byUid = new Map<number, JobView[]>();
  /** In order of arrival, for the bound over all. */
  const all = new Set<JobView>();
  const evidence = new Map<string, JobView>();

  function drop(job: JobView): void {
    all.delete(job);
    const sha256 = job.evidence?.sha256;
    if (sha256 !== undefined && evidence.get(sha256) === job) evidence.delete(sha256);
  }

  return {
    add(job) {
      const mine = byUid.get(job.uid) ?? [];
      byUid.set(job.uid, mine);
      mine.unshift(job);
      all.add(job);
      if (job.evidence !== null) evidence.set(job.evidence.sha256, job);
      const surplus = mine.length > limits.perMiner ? mine.pop() : undefined;
      if (surplus !== undefined) drop(surplus);
      const [oldest] = all;
      if (all.size <= limits.total || oldest === undefined) return;
      drop(oldest);
      const its = byUid.get(oldest.uid);
      its?.pop();
      if (its?.length === 0) byUid.delete(oldest.uid);
    },
    forget(uid) {
      for (const job of byUid.get(uid) ?? []) drop(job);
      byUid.delete(uid);
    },
    of: (uid) => byUid.get(uid) ?? [],
    evidence: (sha256) => evidence.get(sha256)?.evidence ?? undefined,
  };
}
