/** What requests have in common that are answered fastest by the same actor: it has read their beginning before. */
import type { BlobRef } from "../../protocol/blob.ts";
import type { Content } from "../../protocol/content.ts";
import type { ModelId, ModelInput } from "../../protocol/model.ts";

/** As much of the beginning of a text as tells it from others. What has grown from less is read anew: it costs little. */
const CHARS = 1_024;
const TOKENS = 256;

export interface Asking {
  model: ModelId;
  context?: readonly BlobRef[];
  input?: ModelInput;
  cacheSalt?: string | undefined;
}

/** The same for every turn of one caller's conversation: its first message, and the instructions before it. */
export function prefixOf({ model, context = [], input, cacheSalt }: Asking, caller = ""): string {
  // What others have read is of no use to this one.
  const root = `${model} ${cacheSalt ?? caller}`;
  if (context.length > 0) return [root, ...context.map(({ sha256 }) => sha256)].join(" ");
  if (input === undefined) return root;
  if (input.type === "tokens") return [root, ...input.tokens.slice(0, TOKENS)].join(" ");
  if (input.type === "prompt") return `${root} ${beginningOf(input.prompt)}`;
  const first = input.messages.findIndex(({ role }) => role !== "system");
  const opening = input.messages.slice(0, first < 0 ? undefined : first + 1).slice(-2);
  return [root, ...opening.map(({ content }) => beginningOf(content))].join("\n");
}

const beginningOf = (content: Content): string =>
  content
    .map((part) => (part.type === "text" ? part.text.slice(0, CHARS) : part.blob.sha256))
    .join("\n")
    .slice(0, CHARS);
