/** Who answers tool calls in the end: one interface for servers far away and for what is embedded. */
import type { Json } from "../../protocol/ids.ts";
import type { ToolName, ToolUsage } from "../../protocol/tools.ts";
import type { Answering } from "./answered-by.ts";
import type { ToolCall } from "./call.ts";

/** One thing found, to be cited by its id. */
export interface FoundResult {
  url: string;
  title?: string | undefined;
  note?: string | undefined;
}

export interface ProviderAnswer {
  /** In the words of the tool's published schema. */
  response: Json;
  /** What can be cited; empty for tools that find nothing. */
  results: readonly FoundResult[];
  /** Undefined when the provider does not tell: then the worst case is charged. */
  usage?: ToolUsage | undefined;
  /** Of a model: what is known of what answered. */
  answering?: Answering | undefined;
}

export interface ToolProvider {
  /** Stamped on receipts. */
  readonly name: string;
  readonly tools: readonly ToolName[];
  /** Models it has, where it has any. */
  readonly models?: readonly string[];
  /** Calls at once. */
  readonly parallel: number;
  /**
   * Fails with `provider` (retryable when another try may succeed), `overloaded` when it is only busy, both with the time to
   * wait where it is told, `timeout`
   * when it does not answer, `cancelled` by the signal, and with a terminal failure owned by the miner for what was
   * asked wrongly, such as a page that does not exist.
   */
  call(call: ToolCall, options: { signal: AbortSignal; maxBytes: number }): Promise<ProviderAnswer>;
  close?(): Promise<void>;
}
