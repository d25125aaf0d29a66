import { expect, test } from "bun:test";
import { GenerateRequest } from "../../protocol/model.ts";
import { Dialect } from "./dialect.ts";
import { openAiBody } from "./request-body.ts";

const request = GenerateRequest.parse({
  model: "m",
  input: { type: "prompt", prompt: [{ type: "text", text: "Hello" }] },
});
const parts = { type: "prompt", segments: [{ type: "text", text: "Hello", special: false }] } as const;
const saltOf = (dialect: Dialect, space?: string) =>
  openAiBody(request, parts, { served: "m", dialect, space }).body.cache_salt;

test("servers that can keep callers' caches apart do so, and hear no caller's name", () => {
  for (const dialect of Dialect.options) {
    const salt = saltOf(dialect, "caller alice");
    if (dialect === "vllm" || dialect === "sglang") {
      expect(salt).toMatch(/^[0-9a-f]{64}$/);
      expect(saltOf(dialect, "caller alice")).toBe(salt);
      expect(saltOf(dialect, "caller bob")).not.toBe(salt);
    } else expect(salt).toBeUndefined();
    expect(saltOf(dialect)).toBeUndefined();
  }
});
