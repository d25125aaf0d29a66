/** A session of tool calls as its opener holds it: it answers calls, and at the end tells what they came to. */
import type { Failure } from "../../protocol/failure.ts";
import type { Receipt } from "../../protocol/receipt.ts";
import type { ToolEvidence } from "../../protocol/tools.ts";
import type { ToolSession } from "../tool-channel.ts";

/** Told of every receipt, before it is signed. */
export type OnReceipt = (receipt: Pick<Receipt, "kind" | "failure" | "cost">) => void;

export interface OpenToolSession extends ToolSession {
  /**
   * Ends calls in progress, waits until every receipt is signed and stored, and tells what it came to. `fault` is the
   * first failure that was neither the program's nor its task's: then nothing was learnt about the program.
   * Throws `storage` or what the signer threw. Safe to call twice.
   */
  close(): Promise<{ evidence: ToolEvidence; fault: Failure | undefined }>;
}
