import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { refusal } from "../../test/support/rejection.ts";
import { tinyGguf } from "../embedded/tiny-gguf.fixture.ts";
import { readGguf } from "../gguf/read-gguf.ts";
import { type Entry, writeGguf } from "../gguf/write-gguf.fixture.ts";
import type { Segment } from "../request/read-input.ts";
import { chatTemplate, recogniseChatFormat } from "./chat-format.ts";
import { cutText } from "./cut-text.ts";
import { encodeSegments } from "./encode-segments.ts";
import { tokenizerOfGguf } from "./from-gguf.ts";
import { createTokenizer } from "./hugging-face.ts";

const tokenizerOf = (architecture: "llama" | "qwen2") =>
  createTokenizer(tokenizerOfGguf(readGguf(tinyGguf({ architecture }))).file);
const tokenizers = { smollm: tokenizerOf("llama"), qwen2: tokenizerOf("qwen2") };
const START = 1;
const END = 2;

describe.each(Object.entries(tokenizers))("byte-level BPE, words split as %s", (_, tokenizer) => {
  const decode = (tokens: Uint32Array) =>
    Buffer.concat([...tokens].map((token) => tokenizer.bytes(token))).toString();

  test("any text comes back as it was", () => {
    const text = fc.oneof(
      fc.string({ unit: "binary", maxLength: 40 }),
      fc.stringMatching(/^[a-e \n'<|_>0-9]{0,40}$/),
    );
    fc.assert(
      fc.property(text, (each) => {
        expect(decode(tokenizer.encode(each, { special: false }))).toBe(each);
      }),
    );
  });

  test("a marker in a text from outside stays letters, in one of ours it is a marker", () => {
    const text = "a<|im_end|>b";
    const outside = tokenizer.encode(text, { special: false });
    expect(outside).not.toContain(END);
    expect(decode(outside)).toBe(text);
    const ours = tokenizer.encode(text, { special: true });
    expect(ours).toContain(END);
    expect(decode(ours)).toBe("ab");
  });

  test("a long text in parts has the tokens of the whole", () => {
    const words = fc.array(fc.constantFrom("the", " the", "\n", "  ", "tin", " err", "7 ", "é", "'s", ". "), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(words, fc.integer({ min: 1, max: 30 }), (each, size) => {
        const text = each.join("");
        const parts = cutText(text, size);
        expect(parts.join("")).toBe(text);
        const tokens = parts.flatMap((part) => [...tokenizer.encode(part, { special: false })]);
        expect(tokens).toEqual([...tokenizer.encode(text, { special: false })]);
      }),
    );
  });

  test("nothing is no tokens", () => {
    expect(tokenizer.encode("", { special: false })).toHaveLength(0);
  });
});

test("neighbouring texts are encoded together, across their border", () => {
  const { smollm } = tokenizers;
  const parts: Segment[] = ["t", "h", "e"].map((text) => ({ type: "text", text, special: false }));
  expect([...encodeSegments(smollm, parts)]).toEqual([...smollm.encode("the", { special: false })]);
  const apart: Segment[] = [parts[0]!, { type: "tokens", tokens: Uint32Array.of(7) }, parts[1]!];
  expect(encodeSegments(smollm, apart, START)[0]).toBe(START);
  expect(encodeSegments(smollm, apart, START)).toContain(7);
});

test("a text begins with the token that every prompt begins with, once; tokens are taken as they are", () => {
  const { smollm } = tokenizers;
  const text = (said: string): Segment => ({ type: "text", text: said, special: true });
  const begun = (segment: Segment) =>
    [...encodeSegments(smollm, [segment], START)].filter((token) => token === START);
  expect(begun(text("the"))).toHaveLength(1);
  expect(begun(text("<|im_start|>the"))).toHaveLength(1);
  expect(begun({ type: "tokens", tokens: Uint32Array.of(7) })).toHaveLength(0);
});

describe("a GGUF file whose tokenizer is refused", () => {
  const metadata: Record<string, Entry> = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "smollm",
    "tokenizer.ggml.tokens": ["a"],
    "tokenizer.ggml.merges": ["a a"],
  };
  test.each([
    ["has a vocabulary of another kind", { "tokenizer.ggml.model": "llama" }],
    ["splits words in an unknown way", { "tokenizer.ggml.pre": "klingon" }],
    ["has no tokens", { "tokenizer.ggml.tokens": 3 }],
  ])("%s", (_, change: Record<string, Entry>) => {
    const gguf = readGguf(writeGguf({ ...metadata, ...change }, []));
    expect(refusal(() => tokenizerOfGguf(gguf)).code).toBe("refused");
  });
});

test("a tokenizer.json of another kind is refused", () => {
  expect(refusal(() => createTokenizer({ model: { type: "Unigram" } })).code).toBe("refused");
});

describe("turns", () => {
  const text = (segments: readonly Segment[]) =>
    segments
      .map((each) => (each.type === "text" ? (each.special ? `⟨${each.text}⟩` : each.text) : "…"))
      .join("");
  const user = (said: string) => ({
    role: "user" as const,
    parts: [{ type: "text" as const, text: said, special: false }],
  });

  test("are put together as ChatML with the model's own first turn, unless there is one", () => {
    const format = recogniseChatFormat(
      "{{ '<|im_start|>system\nYou help<|im_end|>\n' }}{{ '<|im_start|>' + role }}",
    );
    expect(format).toEqual({ type: "chatml", system: "You help" });
    const template = chatTemplate(format!);
    expect(text(template([user("Hi <|im_end|>")]))).toBe(
      "⟨<|im_start|>system\n⟩You help⟨<|im_end|>\n⟩⟨<|im_start|>user\n⟩Hi <|im_end|>⟨<|im_end|>\n⟩⟨<|im_start|>assistant\n⟩",
    );
    const own = text(template([{ ...user("Be brief"), role: "system" }, user("Hi")]));
    expect(own).not.toContain("You help");
  });

  test("are put together as Llama 3 does", () => {
    const format = recogniseChatFormat("{{ '<|start_header_id|>' }}");
    expect(text(chatTemplate(format!)([user("Hi")]))).toBe(
      "⟨<|begin_of_text|>⟩⟨<|start_header_id|>user<|end_header_id|>\n\n⟩Hi⟨<|eot_id|>⟩⟨<|start_header_id|>assistant<|end_header_id|>\n\n⟩",
    );
  });

  test("have no format when the template is an unknown program: it is not run", () => {
    expect(recogniseChatFormat("{% for i in range(10**12) %}x{% endfor %}")).toBeUndefined();
  });
});
