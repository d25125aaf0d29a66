/** One durable attempt to judge one submission on one task. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { cutText } from "./cut-text.ts";
import { Failure } from "./failure.ts";
import { Id, Name, Timestamp, Uid } from "./ids.ts";
import { FilePath, FunctionName, IsolateLimits, IsolateRuntime } from "./isolate.ts";
import { ToolProfile } from "./tools.ts";

/** The unique key of an effect: whatever is done under it is done once. */
export const JobKey = z.object({
  subnet: Name,
  round: z.number().int().nonnegative(),
  task: Id,
  submission: Id,
  attempt: z.number().int().min(1).max(100),
});
export type JobKey = z.infer<typeof JobKey>;

/** `<subnet>/<round>/<task>/<submission>/<attempt>`: the idempotency key on the wire and in the ledger. */
export const jobId = (key: JobKey): string =>
  `${key.subnet}/${key.round}/${key.task}/${key.submission}/${key.attempt}`;

/** The key that `jobId` wrote; what is appended to an id, as a replay does, is left out. Throws `malformed`. */
export function jobKey(id: string): JobKey {
  const [subnet, round, task, submission, attempt] = id.split("/");
  const key = { subnet, round: Number(round), task, submission, attempt: Number(attempt) };
  const parsed = JobKey.safeParse(key);
  if (parsed.success) return parsed.data;
  throw new Failure("malformed", "this is no job's id", { meta: { id: cutText(id, 200) } });
}

/** Work for a sandbox: inputs only. The sealed part stays with the judges. Large parts are blobs, so that a job stays small. */
export const RunJob = z.object({
  key: JobKey,
  uid: Uid,
  /** JSON of `SourceFiles`. */
  program: BlobRef,
  runtime: IsolateRuntime,
  entry: FilePath,
  call: FunctionName.optional(),
  /** JSON array of at most 1,000 inputs. */
  cases: BlobRef,
  limits: IsolateLimits,
  loop: z.boolean().optional(),
  seed: z.number().int().min(0).max(0xffff_ffff),
  /** Tools that the program may call, in one session for all cases. */
  tools: ToolProfile.optional(),
  deadline: Timestamp,
});
export type RunJob = z.infer<typeof RunJob>;
