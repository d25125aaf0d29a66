/** Every message body by name: what envelopes say, golden files cover and the reference documents. */
import type { z } from "zod";
import { BlobRef } from "./blob.ts";
import { Content } from "./content.ts";
import { Evidence, EvidenceRef } from "./evidence.ts";
import { WireFailure } from "./failure.ts";
import { CaseResult, IsolateRequest, SourceFiles } from "./isolate.ts";
import { JobKey, RunJob } from "./job.ts";
import { JobCall, JobDone } from "./job-message.ts";
import { Metagraph } from "./metagraph.ts";
import { Receipt, ReceiptBook } from "./receipt.ts";
import { RECORDS } from "./records.ts";
import { FAILURE_SCHEMA, inputName, outputName, STREAM_END_SCHEMA } from "./schema-names.ts";
import { Score, Verdict } from "./score.ts";
import type { AnyMethod, Service } from "./service.ts";
import { SERVICES } from "./services/index.ts";
import { EnrolChallenge, EnrolReply, EnrolRequest } from "./services/registry.ts";
import { Standing } from "./standing.ts";
import { StreamEnd } from "./stream.ts";
import { Program, Submission } from "./submission.ts";
import { JudgedTask, PublicTask } from "./task.ts";
import { ToolEvidence, ToolProfile, ToolReceiptDetail } from "./tools.ts";
import { WeightEvidence, WeightVector } from "./weights.ts";

/** What stands on its own: kept in blobs and ledgers, sent over HTTP, or part of many messages. */
export const VOCABULARY = {
  [FAILURE_SCHEMA]: WireFailure,
  [STREAM_END_SCHEMA]: StreamEnd,
  "blob-ref": BlobRef,
  "case-result": CaseResult,
  content: Content,
  "enrol-challenge": EnrolChallenge,
  "enrol-reply": EnrolReply,
  "enrol-request": EnrolRequest,
  evidence: Evidence,
  "evidence-ref": EvidenceRef,
  "isolate-request": IsolateRequest,
  "job-key": JobKey,
  "judged-task": JudgedTask,
  metagraph: Metagraph,
  program: Program,
  "public-task": PublicTask,
  receipt: Receipt,
  "receipt-book": ReceiptBook,
  "run-job": RunJob,
  score: Score,
  "source-files": SourceFiles,
  standing: Standing,
  submission: Submission,
  "tool-evidence": ToolEvidence,
  "tool-profile": ToolProfile,
  "tool-receipt-detail": ToolReceiptDetail,
  verdict: Verdict,
  "weight-evidence": WeightEvidence,
  "weight-vector": WeightVector,
} as const satisfies Record<string, z.ZodType>;

const recordSchemas = Object.entries(RECORDS).map(([type, schema]): [string, z.ZodType] => [
  `record.${type}`,
  schema,
]);

function methodSchemas(service: Service): [string, z.ZodType][] {
  return Object.entries<AnyMethod>(service.methods).flatMap(([name, method]) => {
    const input: [string, z.ZodType] = [
      inputName(service, name),
      method.kind === "job" ? JobCall(method) : method.input,
    ];
    if (method.kind === "event") return [input];
    return [input, [outputName(service, name), method.kind === "job" ? JobDone(method) : method.output]];
  });
}

/** All schemas of the given services, and everything that needs no service. Sorted by name. */
export const schemasOf = (services: readonly Service[]): ReadonlyMap<string, z.ZodType> =>
  new Map(
    [...Object.entries(VOCABULARY), ...recordSchemas, ...services.flatMap(methodSchemas)].sort(([a], [b]) =>
      a < b ? -1 : 1,
    ),
  );

/** Every schema of the product. */
export const SCHEMAS: ReadonlyMap<string, z.ZodType> = schemasOf(SERVICES);
