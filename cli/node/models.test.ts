import { expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { readApiKeys } from "./front.ts";
import { openModels } from "./models.ts";

const open = (...models: string[]) =>
  openModels({
    ...{ models, clock: createSystemClock(), rng: createSystemRng(), blobs: createMemoryBlobs() },
    ...{ log: keptLog(), memoryBytes: 1024 ** 3 },
  });
const qwen = {
  id: "Qwen/Qwen3-Next-80B-A3B-Thinking",
  contextLength: 262_144,
  url: "http://127.0.0.1:8000/v1",
  server: "vllm",
  card: { licence: "Apache-2.0", dtype: "bf16" },
};

test("a file describes one model of a server, or several", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "models.json");
  writeFileSync(path, JSON.stringify([qwen, { ...qwen, id: "other", server: "sglang" }]));
  const cards = await Promise.all((await open(path)).map((model) => model.card()));
  expect(cards).toMatchObject([
    {
      id: qwen.id,
      contextLength: 262_144,
      licence: "Apache-2.0",
      dtype: "bf16",
      revision: "unknown",
      can: { score: true },
    },
    { id: "other", backend: "openai (sglang)", can: { score: false } },
  ]);
});

test.each([
  ["is not there", undefined, "there is no model or file"],
  ["is no JSON", "{", "is not JSON"],
  ["has an address that is none", JSON.stringify({ ...qwen, url: "ftp://x" }), "url: "],
  ["has a field that is misspelt", JSON.stringify({ ...qwen, slot: 4 }), '"slot"'],
  ["has a field of its card misspelt", JSON.stringify({ ...qwen, card: { license: "MIT" } }), '"license"'],
  ["describes no model", "[]", "at least one"],
  ["has a server nobody knows", JSON.stringify({ ...qwen, server: "magic" }), "server"],
  [
    "takes its key from a variable that is not set",
    JSON.stringify({ ...qwen, keyEnv: "ORRERY_NO_SUCH_KEY" }),
    "ORRERY_NO_SUCH_KEY",
  ],
  [
    "takes its key from a file that is not there",
    JSON.stringify({ ...qwen, keyFile: "/no/such/key" }),
    "/no/such/key",
  ],
])("a file that %s is refused with what to do", async (_, text, says) => {
  using folder = tempFolder();
  const path = join(folder.path, "model.json");
  if (text !== undefined) writeFileSync(path, text);
  const failure = await rejection(open(path));
  expect(failure.code).toBe("config");
  expect(failure.toLine()).toContain(says);
});

test("a model that is well known needs no more than an address; any other its context length", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "model.json");
  const { id, url } = qwen;
  writeFileSync(path, JSON.stringify({ id, url }));
  const [model] = await open(path);
  expect(await model?.card()).toMatchObject({ contextLength: 262_144, parameters: 80_000_000_000 });
  writeFileSync(path, JSON.stringify({ id: "somebody/else", url }));
  expect((await rejection(open(path))).toLine()).toContain("contextLength");
});

test.each([
  ["no-such-model", "bun run models pull smollm2"],
  ["here/Qwen3-0.6B-Q8_0.gguf", "bun run models convert here/Qwen3-0.6B-Q8_0.gguf"],
])("the model %s, which is not here, is refused with how to get it", async (name, says) => {
  expect((await rejection(open(name))).toLine()).toContain(says);
});

test("a model named twice is refused", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "model.json");
  writeFileSync(path, JSON.stringify(qwen));
  expect((await rejection(open(path, path))).toLine()).toContain("named twice");
});

test("API keys are read by name and digest; a key written down as it is is refused and not repeated", async () => {
  using folder = tempFolder();
  const path = join(folder.path, "keys");
  const digest = "a".repeat(64);
  writeFileSync(path, `# ours\n\nalice  sha256:${digest}\n`);
  expect([...(await readApiKeys(path))]).toEqual([[digest, "alice"]]);
  writeFileSync(path, "alice sk-plain-secret\n");
  const failure = await rejection(readApiKeys(path));
  expect(failure.toLine()).toContain("line 1");
  expect(JSON.stringify(failure.toWire())).not.toContain("sk-plain-secret");
});
