/** What a guest may ask of each tool: Caster's names and arguments, strict, bounded, every default written out. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Json } from "../../protocol/ids.ts";
import { ModelId } from "../../protocol/model.ts";
import { parseStrictJson } from "../../protocol/strict-json.ts";
import { ToolName } from "../../protocol/tools.ts";
import { MAX_TOOL_REQUEST } from "../tool-channel.ts";

const Text = (most: number) => z.string().min(1).max(most);

/** A message's text, or parts of text as Caster's SDK makes them; parts become one text. */
const MessageContent = z.union([
  z.string().max(MAX_TOOL_REQUEST),
  z
    .array(z.strictObject({ type: z.enum(["text", "input_text"]), text: z.string().max(MAX_TOOL_REQUEST) }))
    .max(64)
    .transform((parts) => parts.map(({ text }) => text).join("\n")),
]);

const ChatMessage = z.strictObject({
  role: z.enum(["system", "user", "assistant", "tool"]),
  content: MessageContent.nullable().default(null),
  name: Text(128).optional(),
  tool_call_id: Text(256).optional(),
  tool_calls: z.array(Json).max(128).optional(),
});

export const DEFAULT_MAX_OUTPUT_TOKENS = 1_024;
const MaxTokens = z.number().int().min(1).max(131_072);

const LlmChat = z
  .strictObject({
    model: ModelId,
    messages: z.array(ChatMessage).min(1).max(256),
    temperature: z.number().min(0).max(2).optional(),
    top_p: z.number().gt(0).max(1).optional(),
    seed: z.number().int().min(0).max(0xffff_ffff).optional(),
    stop: z.array(Text(256)).max(16).optional(),
    max_output_tokens: MaxTokens.optional(),
    max_tokens: MaxTokens.optional(),
    tools: z.array(Json).max(64).optional(),
    tool_choice: z.enum(["auto", "required", "none"]).optional(),
    response_format: Json.optional(),
    reasoning_effort: z.enum(["minimal", "low", "medium", "high"]).optional(),
    /** Of Caster's list and of no effect here: it asks one provider for extras. */
    include: z.array(Text(64)).max(16).optional(),
  })
  .transform(({ max_output_tokens, max_tokens, include: _, ...rest }) => ({
    ...rest,
    // Always sent on: without it no worst case could be known.
    max_output_tokens: max_output_tokens ?? max_tokens ?? DEFAULT_MAX_OUTPUT_TOKENS,
  }));

const SearchWeb = z.strictObject({
  query: Text(2_000),
  num: z.number().int().min(1).max(100).default(10),
  start: z.number().int().min(0).max(1_000).default(0),
});

const SearchAi = z.strictObject({
  prompt: Text(4_000),
  tools: z
    .array(z.enum(["web", "hackernews", "reddit", "wikipedia", "youtube", "twitter", "arxiv"]))
    .min(1)
    .max(7),
  count: z.number().int().min(1).max(200).default(10),
  date_filter: z
    .enum([
      "PAST_24_HOURS",
      "PAST_2_DAYS",
      "PAST_WEEK",
      "PAST_2_WEEKS",
      "PAST_MONTH",
      "PAST_2_MONTHS",
      "PAST_YEAR",
      "PAST_2_YEARS",
    ])
    .optional(),
  result_type: z
    .enum(["ONLY_LINKS", "LINKS_WITH_SUMMARIES", "LINKS_WITH_FINAL_SUMMARY"])
    .default("LINKS_WITH_FINAL_SUMMARY"),
  system_message: z.string().max(4_000).default(""),
});

const ARGUMENTS = {
  llm_chat: LlmChat,
  search_web: SearchWeb,
  search_ai: SearchAi,
  fetch_page: z.strictObject({ url: Text(2_048) }),
  test_tool: z.strictObject({ message: z.string().max(10_000) }),
  tooling_info: z.strictObject({}),
} as const satisfies Record<ToolName, z.ZodType>;

/** Names of positional arguments, in order. */
const POSITIONS: Readonly<Record<ToolName, readonly string[]>> = {
  llm_chat: [],
  search_web: ["query"],
  search_ai: ["prompt"],
  fetch_page: ["url"],
  test_tool: ["message"],
  tooling_info: [],
};

/** A call as it is hashed, priced and handed to a provider. */
export type ToolCall = {
  [Name in ToolName]: { tool: Name; arguments: z.output<(typeof ARGUMENTS)[Name]> };
}[ToolName];
export type CallOf<Name extends ToolName> = Extract<ToolCall, { tool: Name }>;

/** As it comes out of an isolate. */
const Asked = z.strictObject({
  tool: z.string().max(64),
  args: z.array(Json).max(4).default([]),
  kwargs: z.record(z.string().max(64), Json).default({}),
});

/** Throws `malformed` with the first thing that is wrong, and `policy` for a tool that does not exist. The caller is the miner. */
export function parseCall(text: string): ToolCall {
  const asked = Asked.safeParse(parseStrictJson(text, { maxLength: MAX_TOOL_REQUEST }));
  if (!asked.success) throw malformed("a tool call", asked.error);
  const name = ToolName.safeParse(asked.data.tool);
  if (!name.success) {
    throw new Failure("policy", "there is no such tool", {
      meta: { tool: asked.data.tool },
      hint: `There are ${ToolName.options.join(", ")}.`,
    });
  }
  const tool = name.data;
  const { args, kwargs } = asked.data;
  const positions = POSITIONS[tool];
  if (args.length > positions.length || positions.slice(0, args.length).some((each) => each in kwargs)) {
    throw new Failure("malformed", `${tool} takes ${positions.join(", ") || "no positional arguments"}`, {
      owner: "miner",
    });
  }
  const named = { ...kwargs, ...Object.fromEntries(args.map((value, at) => [positions[at]!, value])) };
  const parsed = ARGUMENTS[tool].safeParse(named);
  if (!parsed.success) throw malformed(tool, parsed.error);
  return { tool, arguments: parsed.data } as ToolCall;
}

function malformed(what: string, error: z.ZodError): Failure {
  const issue = error.issues[0];
  const at = (issue?.path ?? []).map(String).join(".").slice(0, 200);
  return new Failure("malformed", `${what} is not valid${at === "" ? "" : ` at ${at}`}`, {
    meta: { at, problem: (issue?.message ?? "").slice(0, 300) },
    owner: "miner",
    hint: "See docs/tools.md for what each tool takes.",
  });
}
