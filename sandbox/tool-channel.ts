/**
 * How a tool call leaves an isolate: one request and one answer, both JSON text, over a channel that nothing else
 * uses. There is no network inside. Each back end carries the two texts in its own way and understands neither:
 * in Wasmtime a call is a message to the host (see wasmtime/guest.ts), elsewhere it goes over a socket pair.
 */

/** Characters of one request, which is ASCII. The guest SDKs refuse more; a guest that sends more all the same is ended. */
export const MAX_TOOL_REQUEST = 512 * 1024;
/** Characters of one answer, which is ASCII. */
export const MAX_TOOL_ANSWER = 4 * 1024 * 1024;

export interface ToolSession {
  /**
   * Answers one call. What the guest did wrong, and what a provider could not do, is an answer as well: it rejects
   * only when the isolate cannot go on, which then is nobody's fault but ours. The signal fires when the isolate ends.
   */
  call(request: string, options: { signal: AbortSignal }): Promise<string>;
}
