/** Tool sessions of jobs: one for all cases of a job, named after what is judged, so that every validator sees the same ids. */
import { sha256 } from "../../protocol/canonical.ts";
import type { JobKey } from "../../protocol/job.ts";
import type { ToolProfile } from "../../protocol/tools.ts";
import type { Node } from "../../runtime/node.ts";
import { createToolGateway, type ToolGateway } from "../../sandbox/tools/gateway.ts";
import type { OpenToolSession } from "../../sandbox/tools/open-session.ts";
import type { PriceBook } from "../../sandbox/tools/price-book.ts";
import type { ToolProvider } from "../../sandbox/tools/provider.ts";
import type { ReceiptSigner } from "../../sandbox/tools/receipt-chain.ts";
import { storeTapes } from "../../sandbox/tools/tape.ts";

/** What an operator gives its sandboxes for programs that may call tools. */
export interface ToolParts {
  /** Signs receipts. */
  signer: ReceiptSigner;
  providers: readonly ToolProvider[];
  prices?: PriceBook;
  /**
   * `record`: what a provider answered once answers all programs of the same task, also when a job is done again.
   * `replay`: nobody is asked, only what is recorded counts. `live`: nothing is recorded. Default `record`.
   */
  answers?: "record" | "replay" | "live";
}

export function openGateway(node: Node, parts: ToolParts): ToolGateway {
  const { signer, providers, prices, answers = "record" } = parts;
  return createToolGateway({
    ...{ clock: node.clock, blobs: node.blobs, signer, providers },
    ...(prices === undefined ? {} : { prices }),
    ...(answers === "live" ? {} : { tape: { open: storeTapes(node), only: answers === "replay" } }),
    onReceipt: ({ kind, failure, cost }) => {
      if (!kind.startsWith("tool.")) return;
      node.metrics.count("orrery_tool_calls_total", 1, {
        tool: kind.slice("tool.".length),
        outcome: failure ?? "ok",
      });
      node.metrics.count("orrery_tool_usd_total", (cost?.nanoUsd ?? 0) / 1e9);
    },
  });
}

/** Answers are shared by all programs of one task: they are judged by the same evidence. */
export function openJobSession(
  gateway: ToolGateway,
  key: JobKey,
  profile: ToolProfile,
): Promise<OpenToolSession> {
  const scope = `${key.subnet}/${key.round}/${key.task}`;
  const session = `t-${sha256(`${scope}/${key.submission}`).slice(0, 24)}`;
  return gateway.open({ session, profile, scope });
}
