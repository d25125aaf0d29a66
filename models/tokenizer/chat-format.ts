/**
 * How a model wants its turns put together. Recognised from the template in its files, which is a program and is not run:
 * what came with a download gets no say in what we do.
 */
import { z } from "zod";
import type { ChatTemplate, Segment, Turn } from "../request/read-input.ts";

export const ChatFormat = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("chatml"),
    /** Opens a conversation that has no system turn of its own. */
    system: z.string().max(4_096).optional(),
  }),
  z.object({ type: z.literal("llama3") }),
  /** No markers: the turns one after the other, for models that go on with a text. */
  z.object({ type: z.literal("plain") }),
]);
export type ChatFormat = z.infer<typeof ChatFormat>;

/** Undefined when the template is none of those known here; such a model takes prompts only. */
export function recogniseChatFormat(template: string): ChatFormat | undefined {
  if (template.includes("<|start_header_id|>")) return { type: "llama3" };
  if (!template.includes("<|im_start|>")) return undefined;
  const system = template.match(/<\|im_start\|>system(?:\\n|\n)([^<>{}'"]{1,4096})<\|im_end\|>/)?.[1];
  return system === undefined ? { type: "chatml" } : { type: "chatml", system };
}

export function chatTemplate(format: ChatFormat): ChatTemplate {
  if (format.type === "plain") return (turns) => turns.flatMap(({ parts }) => parts);
  if (format.type === "llama3") {
    return (turns) => [
      marker("<|begin_of_text|>"),
      ...turns.flatMap(({ role, parts }) => [...header3(role), ...parts, marker("<|eot_id|>")]),
      ...header3("assistant"),
    ];
  }
  return (turns) => [
    ...withSystem(turns, format.system).flatMap(({ role, parts }) => [
      marker(`<|im_start|>${role}\n`),
      ...parts,
      marker("<|im_end|>\n"),
    ]),
    marker("<|im_start|>assistant\n"),
  ];
}

const marker = (text: string): Segment => ({ type: "text", text, special: true });
const header3 = (role: string): Segment[] => [marker(`<|start_header_id|>${role}<|end_header_id|>\n\n`)];

function withSystem(turns: readonly Turn[], system: string | undefined): readonly Turn[] {
  if (system === undefined || turns[0]?.role === "system") return turns;
  return [{ role: "system", parts: [{ type: "text", text: system, special: false }] }, ...turns];
}
