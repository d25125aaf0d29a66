/** Context and input of a request as one row of texts and tokens, read from blobs and bounded before they are read. */
import type { BlobRef } from "../../protocol/blob.ts";
import type { Content } from "../../protocol/content.ts";
import { Failure } from "../../protocol/failure.ts";
import { type EmbedRequest, type Message, type ModelInput, TOKENS_MEDIA_TYPE } from "../../protocol/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";

/** A part of a prompt; `special` text may hold the model's own markers, which text from outside never may. */
export type Segment =
  | { readonly type: "text"; readonly text: string; readonly special: boolean }
  | { readonly type: "tokens"; readonly tokens: Uint32Array };

/** Puts turns together the way the model was trained on; `addTurn` opens the assistant's turn. */
export type ChatTemplate = (turns: readonly Turn[]) => Segment[];
export interface Turn {
  readonly role: Message["role"];
  readonly parts: readonly Segment[];
}

/** What was asked, before a model's own template makes one row of a conversation. */
export type ReadParts =
  | { readonly type: "turns"; readonly turns: readonly Turn[] }
  | { readonly type: "prompt"; readonly segments: readonly Segment[] };

export interface ReadPartsOptions {
  blobs: Pick<Blobs, "get">;
  /** Blobs of more bytes together are refused before they are fetched. */
  maxBytes: number;
  signal?: AbortSignal;
}

export interface ReadInputOptions extends ReadPartsOptions {
  template: ChatTemplate;
}

/** What is to be embedded as inputs of their own. */
export const embedInputs = ({
  inputs,
}: Pick<EmbedRequest, "inputs">): { context: BlobRef[]; input: ModelInput }[] =>
  inputs.map((input) => ({
    context: [],
    input: Array.isArray(input) ? { type: "prompt", prompt: input } : input,
  }));

/** As `readParts`, a conversation put together by the template. */
export async function readInput(
  request: { context: readonly BlobRef[]; input: ModelInput },
  options: ReadInputOptions,
): Promise<Segment[]> {
  const read = await readParts(request, options);
  return read.type === "turns" ? options.template(read.turns) : [...read.segments];
}

/**
 * Context comes first; in a conversation it opens the first turn of the user. Fails with `too-large`, `malformed` for what
 * is no text, `refused` for pictures and files, and with what the blob store fails with.
 */
export async function readParts(
  { context, input }: { context: readonly BlobRef[]; input: ModelInput },
  options: ReadPartsOptions,
): Promise<ReadParts> {
  checkSize(blobsOf(context, input), options.maxBytes);
  const before = await Promise.all(context.map((ref) => readBlob(ref, options)));
  if (input.type !== "messages") {
    const rest: Segment[] =
      input.type === "tokens"
        ? [{ type: "tokens", tokens: Uint32Array.from(input.tokens) }]
        : await readContent(input.prompt, options);
    return { type: "prompt", segments: [...before, ...rest] };
  }
  const turns: Turn[] = [];
  let waiting = before;
  for (const { role, content } of input.messages) {
    const parts = await readContent(content, options);
    const opens = role === "user" && waiting.length > 0;
    turns.push({ role, parts: opens ? [...waiting, ...parts] : parts });
    if (opens) waiting = [];
  }
  if (waiting.length > 0) {
    throw new Failure("malformed", "a context needs a turn of the user to stand in", {
      hint: "Add a message with the role user.",
    });
  }
  return { type: "turns", turns };
}

const contentsOf = (input: ModelInput): Content[] =>
  input.type === "messages"
    ? input.messages.map(({ content }) => content)
    : input.type === "prompt"
      ? [input.prompt]
      : [];

const blobsOf = (context: readonly BlobRef[], input: ModelInput): BlobRef[] => [
  ...context,
  ...contentsOf(input)
    .flat()
    .flatMap((part) => (part.type === "text-ref" ? [part.blob] : [])),
];

function checkSize(refs: readonly BlobRef[], maxBytes: number): void {
  const bytes = refs.reduce((sum, { size }) => sum + size, 0);
  if (bytes <= maxBytes) return;
  throw new Failure("too-large", "the context holds more bytes than the model could ever read", {
    meta: { bytes, maxBytes },
    hint: "Shorten it, or choose a model with a longer context.",
  });
}

function readContent(content: Content, options: ReadPartsOptions): Promise<Segment[]> {
  return Promise.all(
    content.map(async (part): Promise<Segment> => {
      if (part.type === "text") return { type: "text", text: part.text, special: false };
      if (part.type === "text-ref") return await readBlob(part.blob, options);
      throw new Failure("refused", `this model reads text, not a part of type ${part.type}`, {
        hint: "Send text only, or ask a model that sees pictures and files.",
      });
    }),
  );
}

async function readBlob(ref: BlobRef, { blobs, signal }: ReadPartsOptions): Promise<Segment> {
  const bytes = await blobs.get(ref, signal === undefined ? {} : { signal });
  if (ref.mediaType === TOKENS_MEDIA_TYPE) return { type: "tokens", tokens: tokensOf(bytes, ref) };
  try {
    return { type: "text", text: new TextDecoder("utf-8", { fatal: true }).decode(bytes), special: false };
  } catch (cause) {
    throw new Failure("malformed", "a blob of the context is not UTF-8 text", {
      meta: { sha256: ref.sha256 },
      cause,
    });
  }
}

function tokensOf(bytes: Uint8Array, ref: BlobRef): Uint32Array {
  if (bytes.byteLength % 4 !== 0) {
    throw new Failure("malformed", "a blob of tokens must have four bytes for each", {
      meta: { sha256: ref.sha256, bytes: bytes.byteLength },
    });
  }
  // A copy, since the bytes may be a view that does not begin at a multiple of four.
  return new Uint32Array(new Uint8Array(bytes).buffer);
}
