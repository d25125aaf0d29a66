/** The events of a streamed answer, each bounded and validated. */
import { createParser } from "eventsource-parser";
import { z } from "zod";
import { Json } from "../../protocol/ids.ts";
import { refusalOf } from "./refusal.ts";
import { misbehaved } from "./server.ts";

/** Characters of one event, besides the prompt: asked to name the tokens of an answer, vLLM names those of the prompt, too. */
const EVENT_LIMIT = 1024 * 1024;
const CHARACTERS_PER_TOKEN = 11;

const Count = z.number().int().nonnegative();
const TokenId = z.number().int().min(0).max(0xffff_fffe);
/** Minus infinity comes as null or as a very small number. */
const Logprob = z
  .number()
  .nullable()
  .transform((value) => Math.min(0, Math.max(value ?? -9_999, -9_999)));

const NamedLogprob = z.object({ id: TokenId.optional(), token: z.string().max(1_024), logprob: Logprob });
const ContentLogprobs = z.object({
  content: z
    .array(NamedLogprob.extend({ top_logprobs: z.array(NamedLogprob).max(32).default([]) }))
    .max(4_096)
    .nullable(),
});
/** The older form, of `/completions`. */
const ListedLogprobs = z.object({
  tokens: z.array(z.string().max(1_024)).max(4_096),
  token_logprobs: z.array(Logprob).max(4_096),
  top_logprobs: z
    .array(z.record(z.string().max(1_024), Logprob).nullable())
    .max(4_096)
    .nullish(),
});
const Logprobs = z.union([ContentLogprobs, ListedLogprobs]);
export type Logprobs = z.infer<typeof Logprobs>;

const ToolCallPart = z.object({
  index: z.number().int().min(0).max(127).default(0),
  id: z.string().max(256).nullish(),
  type: z.string().max(64).nullish(),
  function: z.object({ name: z.string().max(256).nullish(), arguments: z.string().nullish() }).optional(),
});
export type ToolCallPart = z.infer<typeof ToolCallPart>;

const Choice = z.object({
  index: Count.default(0),
  text: z.string().nullish(),
  delta: z
    .object({ content: z.string().nullish(), tool_calls: z.array(ToolCallPart).max(128).nullish() })
    .nullish(),
  token_ids: z.array(TokenId).max(4_096).nullish(),
  logprobs: Logprobs.nullish(),
  finish_reason: z.string().max(64).nullish(),
});

const Usage = z.object({
  prompt_tokens: Count,
  completion_tokens: Count.default(0),
  prompt_tokens_details: z.object({ cached_tokens: Count.nullish() }).nullish(),
});
export type Usage = z.infer<typeof Usage>;

const Event = z.object({ choices: z.array(Choice).max(8).default([]), usage: Usage.nullish() });
export type Event = z.infer<typeof Event>;

/** A server that fails after it has begun says so in an event. vLLM also refuses so, with the status it would have had. */
const ErrorEvent = z.object({ error: Json });
const ToldStatus = z.object({ error: z.object({ code: z.number().int().min(400).max(599) }) });

/** Fails with what the server says in an error event, and with `provider` for anything that is no event. */
export async function* eventsIn(
  bytes: AsyncIterable<Uint8Array>,
  { contextLength, now }: { contextLength: number; now: () => number },
): AsyncGenerator<Event, void, undefined> {
  const limit = EVENT_LIMIT + contextLength * CHARACTERS_PER_TOKEN;
  const ready: string[] = [];
  let problem: string | undefined;
  const parser = createParser({
    onEvent: ({ data }) => void ready.push(data),
    onError: (error) => {
      if (error.type === "max-buffer-size-exceeded") problem = "an event is larger than it may be";
    },
    maxBufferSize: limit,
  });
  const decoder = new TextDecoder("utf-8", { fatal: true });
  for await (const chunk of bytes) {
    try {
      parser.feed(decoder.decode(chunk, { stream: true }));
    } catch (cause) {
      throw misbehaved("its stream is not UTF-8 text of events", {}, cause);
    }
    for (const data of ready.splice(0)) {
      if (data === "[DONE]") return;
      yield eventOf(data, now);
    }
    if (problem !== undefined) throw misbehaved(problem, { limit });
  }
}

function eventOf(data: string, now: () => number): Event {
  let json: unknown;
  try {
    json = JSON.parse(data);
  } catch (cause) {
    throw misbehaved("an event is not JSON", {}, cause);
  }
  if (ErrorEvent.safeParse(json).success) {
    const status = ToldStatus.safeParse(json).data?.error.code ?? 500;
    throw refusalOf(status, new Headers(), data, now());
  }
  const event = Event.safeParse(json);
  if (event.success) return event.data;
  throw misbehaved("an event is not what the API says", {
    problem: z.prettifyError(event.error).slice(0, 300),
  });
}
