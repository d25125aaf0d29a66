/** The scorer role: judges evidence and appends the conclusion to the ledger, once. */

import type { Ledger } from "../../ledger/ledger.ts";
import type { BlobRef } from "../../protocol/blob.ts";
import { Evidence } from "../../protocol/evidence.ts";
import { jobId } from "../../protocol/job.ts";
import { ReceiptBook } from "../../protocol/receipt.ts";
import { implement } from "../../protocol/service.ts";
import { type Conclusion, type JudgeJob, Scorer } from "../../protocol/services/scorer.ts";
import { JudgedTask } from "../../protocol/task.ts";
import type { Context } from "../../runtime/context.ts";
import type { Node } from "../../runtime/node.ts";
import { isEngineCrash, judgeEngineCrash } from "../engine-crash.ts";
import { getJson } from "../json-blob.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { appendRecord } from "../records.ts";
import { judge } from "./judge.ts";

export interface ScorerOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
}

export async function startScorer({ node, subnet, ledger }: ScorerOptions): Promise<void> {
  const client = node.client(Scorer);
  const name = subnet.definition.name;
  async function judgeJob(job: JudgeJob, context: Context): Promise<Conclusion> {
    const [task, evidence] = await Promise.all([
      getJson(node.blobs, job.task, JudgedTask, context.signal),
      getJson(node.blobs, job.evidence, Evidence, context.signal),
    ]);
    const read = (refs: readonly BlobRef[]) =>
      Promise.all(refs.map((ref) => getJson(node.blobs, ref, Evidence, context.signal)));
    const { observed } = evidence;
    const book =
      observed.type === "program" && observed.tools !== undefined
        ? await getJson(node.blobs, observed.tools.receipts, ReceiptBook, context.signal)
        : undefined;
    const judgement = isEngineCrash(evidence)
      ? judgeEngineCrash(evidence, await read(job.earlier ?? []))
      : judge(subnet.definition, task, evidence, book?.receipts);
    const { key, uid } = job;
    const common = { key, uid, kind: task.kind, evidence: job.evidence };
    if (judgement.verdict === null) {
      context.log.warn("evidence could not be judged", { ...key, detail: judgement.detail });
    }
    const conclusion: Conclusion =
      judgement.verdict === null
        ? { ...common, outcome: judgement.outcome, score: null, detail: judgement.detail }
        : {
            ...common,
            outcome: judgement.verdict.outcome,
            score: { ...judgement.verdict, key, uid, kind: task.kind },
          };
    const { body: recorded, duplicate } = await appendRecord(ledger, name, "job.concluded", conclusion);
    if (duplicate) node.metrics.count("orrery_scores_duplicate_total");
    else
      node.metrics.count("orrery_jobs_concluded_total", 1, {
        outcome: conclusion.outcome,
        kind: task.kind,
      });
    client.concluded.publish(recorded);
    return recorded;
  }

  const served = await node.serve(
    implement(Scorer, {
      judge: (job, context) => {
        const options = { parent: context.trace, attributes: { job: jobId(job.key), uid: job.uid } };
        return node.tracer.run("scorer.judge", options, () => judgeJob(job, context));
      },
    }),
    { concurrency: 32 },
  );
  node.onDrain("stop-accepting", "scorer", async (options) => void (await served.drain(options)));
}
