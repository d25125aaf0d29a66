/** What a miner hands in. */
import { z } from "zod";
import { BlobRef } from "./blob.ts";
import { Hotkey, Id, Name, Sha256, Timestamp, Uid } from "./ids.ts";
import { FilePath, IsolateRuntime, SourceFiles } from "./isolate.ts";

/** Source code to be run by the judges. */
export const Program = z.object({
  runtime: IsolateRuntime,
  entry: FilePath,
  files: SourceFiles,
});
export type Program = z.infer<typeof Program>;

/** A program as it was accepted: content-addressed, so that it can be judged again. */
export const Submission = z.object({
  id: Id,
  subnet: Name,
  round: z.number().int().nonnegative(),
  uid: Uid,
  hotkey: Hotkey,
  digest: Sha256,
  program: BlobRef,
  acceptedAt: Timestamp,
});
export type Submission = z.infer<typeof Submission>;
