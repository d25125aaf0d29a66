import { z } from "zod";
import { EvidenceRef } from "../evidence.ts";
import { RunJob } from "../job.ts";
import { event, job, request, service } from "../service.ts";

export const PoolStatus = z.object({
  node: z.string().max(128),
  backend: z.string().max(64),
  running: z.number().int().nonnegative(),
  slots: z.number().int().positive(),
  completed: z.number().int().nonnegative(),
});
export type PoolStatus = z.infer<typeof PoolStatus>;

export const Sandbox = service(
  "sandbox",
  1,
  { servedBy: ["sandbox"], summary: "Runs strangers' programs in isolates under hard limits." },
  {
    run: job(RunJob, EvidenceRef, {
      calledBy: ["validator"],
      // The job's own deadline binds, which knows its cases: a program that uses all of its time is judged, not tried again.
      timeoutMs: 86_400_000,
      summary: "Run one program on one task's inputs and report what was observed.",
    }),
    status: request(z.object({}), PoolStatus, {
      calledBy: ["gateway", "validator"],
      timeoutMs: 2_000,
      summary: "Pool size and load of one sandbox node.",
    }),
    idle: event(PoolStatus, {
      calledBy: ["gateway", "validator"],
      summary: "A sandbox has a free slot.",
    }),
  },
);
