// The guest's end of tools, for JavaScript: the names of Caster's miner-sdk in one file without dependencies. A program
// whose task grants tools finds it beside its own files, as caster_miner_sdk.mjs for modules and caster_miner_sdk.cjs for
// scripts; a program may also bring a copy of its own. Nothing here is trusted: budget, prices and receipts are kept by
// the gateway outside the isolate.
//
//     import { llm_chat, search_web } from "./caster_miner_sdk.mjs"
//
//     export async function query({ text }) {
//       const found = await search_web(text, { num: 3 })
//       return { text: found.response.data[0].snippet }
//     }
//
// Calls are made one after the other, also those of Promise.all: an isolate has one channel.
const channel = globalThis.orreryTools;
const MOST = 512 * 1024; // characters of a request

/** A call that failed; `owner` says whose fault it is, `retryAfter` how many seconds to wait before another try. */
export class ToolInvocationError extends Error {
  constructor(message, { code = "malformed", owner = "miner", retryable = false, ...more } = {}) {
    super(`${code}: ${message}`);
    this.name = "ToolInvocationError";
    Object.assign(this, { code, owner, retryable, retryAfter: null, receiptId: null, meta: {} }, more);
  }
}

/** JSON in ASCII, which is what the channel carries. */
const ascii = (value) =>
  JSON.stringify(value).replace(
    /[\u007f-\uffff]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** One call, as the gateway answers it. Throws ToolInvocationError. */
export async function invoke(tool, args = [], kwargs = {}) {
  if (channel === undefined) throw new ToolInvocationError("this task grants no tools", { code: "policy" });
  const request = ascii({ tool, args, kwargs });
  if (request.length > MOST) {
    throw new ToolInvocationError(`the request has ${request.length} characters, more than ${MOST}`, {
      code: "too-large",
    });
  }
  const answer = JSON.parse(channel.call(request));
  if (answer.error === undefined) return answer;
  const { message, hint, retry_after_ms, receipt_id, code, owner, retryable, meta } = answer.error;
  throw new ToolInvocationError(hint === null ? message : `${message}. ${hint}`, {
    ...{ code, owner, retryable, meta, receiptId: receipt_id },
    retryAfter: retry_after_ms === null ? null : retry_after_ms / 1_000,
  });
}

/** `{ model, messages, … }`; the answer has `llm`, whose `raw_text` is the text. */
export async function llm_chat({ provider: _, ...params }) {
  const answer = await invoke("llm_chat", [], params);
  const texts = answer.response.choices.flatMap(({ message }) =>
    message.content.map(({ text }) => text ?? ""),
  );
  const raw_text = texts.map((text) => text.trim()).filter((text) => text !== "");
  const llm = { ...answer.response, raw_text: raw_text.length > 0 ? raw_text.join("\n") : null };
  return { ...answer, response: llm, llm };
}

export const search_web = (query, options = {}) => invoke("search_web", [], { query, ...options });

export const search_ai = (prompt, options = {}) => invoke("search_ai", [], { prompt, ...options });

export const fetch_page = (url) => invoke("fetch_page", [], { url });

export const test_tool = (message) => invoke("test_tool", [message]);

export const tooling_info = () => invoke("tooling_info");

/** Gives a function the name by which the isolate finds it, as the decorator does in Python. */
export function entrypoint(name, work) {
  globalThis[name] = work;
  return work;
}
