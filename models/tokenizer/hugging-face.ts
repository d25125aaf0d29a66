/** A tokenizer from a `tokenizer.json`, by Hugging Face's own library. Byte-level vocabularies only. */
import { Tokenizer as Library } from "@huggingface/tokenizers";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { bytesOfEntry } from "./byte-level.ts";
import { cutText } from "./cut-text.ts";
import type { Tokenizer } from "./tokenizer.ts";

const AddedToken = z.object({
  id: z.number().int().nonnegative(),
  content: z.string().min(1),
  special: z.boolean(),
});

/** What is looked at; everything else is the library's. */
export const TokenizerFile = z.looseObject({
  added_tokens: z.array(AddedToken.loose()).max(65_536),
  decoder: z.looseObject({ type: z.literal("ByteLevel") }),
  model: z.looseObject({
    type: z.literal("BPE"),
    vocab: z.record(z.string(), z.number().int().nonnegative()),
  }),
});
export type TokenizerFile = z.infer<typeof TokenizerFile>;

/** Fails with `refused` when the file describes another kind of tokenizer. */
export function createTokenizer(json: unknown): Tokenizer {
  const parsed = TokenizerFile.safeParse(json);
  if (!parsed.success) {
    const [issue] = parsed.error.issues;
    throw new Failure("refused", "this tokenizer is not byte-level BPE", {
      meta: { at: issue?.path.join(".") ?? "", reason: issue?.message ?? "" },
      hint: "Serve the model with vLLM or llama.cpp behind the openai back end.",
    });
  }
  const file = parsed.data;
  const withMarkers = new Library(file, {});
  // Without its markers the library takes their letters for what they are. Made only when a text looks like one.
  let plain: Library | undefined;
  const markers = file.added_tokens.map(({ content }) => content);
  const bytes = bytesByToken(file);
  const longest = bytes.reduce((most, each) => Math.max(most, each.length), 1);
  return {
    vocabulary: bytes.length,
    longest,
    encode(text, { special }) {
      const careful = !special && markers.some((marker) => text.includes(marker));
      if (careful) plain ??= new Library({ ...file, added_tokens: [] }, {});
      const library = careful ? plain! : withMarkers;
      const parts = cutText(text).map((part) => library.encode(part, { add_special_tokens: false }).ids);
      return concat(parts);
    },
    bytes: (token) => bytes[token] ?? NOTHING,
  };
}

const NOTHING = new Uint8Array();

function bytesByToken({ model, added_tokens }: TokenizerFile): Uint8Array[] {
  const last = [...Object.values(model.vocab), ...added_tokens.map(({ id }) => id)];
  const bytes = new Array<Uint8Array>(last.reduce((most, id) => Math.max(most, id + 1), 0)).fill(NOTHING);
  for (const [entry, id] of Object.entries(model.vocab))
    bytes[id] = bytesOfEntry(entry) ?? Buffer.from(entry);
  for (const { id, content, special } of added_tokens) bytes[id] = special ? NOTHING : Buffer.from(content);
  return bytes;
}

function concat(parts: readonly (readonly number[])[]): Uint32Array {
  const all = new Uint32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}
