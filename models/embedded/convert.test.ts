import { afterAll, describe, expect, test } from "bun:test";
import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { rejection } from "../../test/support/rejection.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { readGguf } from "../gguf/read-gguf.ts";
import { type Entry, f32Tensor, type TensorToWrite, writeGguf } from "../gguf/write-gguf.fixture.ts";
import { readManifest, verifyFiles } from "../onnx/manifest.ts";
import { convertGguf } from "./convert.ts";
import { listModels } from "./list.ts";
import { tinyGguf } from "./tiny-gguf.fixture.ts";

const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
let made = 0;
const newFolder = () => join(temp.path, `root-${made++}`, "model");
const convert = (bytes: Uint8Array, folder = newFolder()) =>
  convertGguf({ bytes, name: "a.gguf", folder, id: "tiny" });

/** The tiny model with other metadata, or without some tensors. */
function changed(metadata: Record<string, Entry>, keep: (name: string) => boolean = () => true): Uint8Array {
  const { metadata: entries, tensors } = readGguf(tinyGguf({ architecture: "llama" }));
  const number = (key: string, value: number): Entry =>
    key.includes("epsilon") || key.includes("freq_base") ? { f32: value } : value;
  const all = Object.fromEntries(
    Array.from(entries, ([key, value]) => [
      key,
      typeof value === "number" ? number(key, value) : (value as Entry),
    ]),
  );
  const kept: TensorToWrite[] = Array.from(tensors.values())
    .filter(({ name }) => keep(name))
    .map(({ name, dims, data }) => ({ name, dims, type: 0, data }));
  return writeGguf({ ...all, ...metadata }, kept);
}

test("a converted model is whole, says where it came from, and is listed", async () => {
  const folder = newFolder();
  const steps: number[] = [];
  const manifest = await convertGguf({
    ...{ bytes: tinyGguf({ architecture: "llama" }), name: "tiny.gguf", folder, id: "tiny" },
    onProgress: ({ fraction }) => steps.push(fraction),
  });
  expect(await readManifest(folder)).toEqual(manifest);
  await verifyFiles(folder, manifest);
  expect(manifest).toMatchObject({
    licence: "mit",
    contextLength: 512,
    chat: { type: "chatml" },
    source: { name: "tiny.gguf" },
  });
  expect(manifest.ends).toEqual([0, 2]);
  expect(steps).toEqual([...steps].sort((a, b) => a - b));
  expect(steps.at(-1)).toBe(1);
  const [listed] = await listModels(join(folder, ".."));
  expect(listed).toMatchObject({ name: "model", manifest: { id: "tiny" } });
});

test("the same file gives the same bytes", async () => {
  const [a, b] = [
    await convert(tinyGguf({ architecture: "qwen3" })),
    await convert(tinyGguf({ architecture: "qwen3" })),
  ];
  expect(a).toEqual(b);
});

test("a shorter context is taken when asked for, never a longer one", async () => {
  const bytes = tinyGguf({ architecture: "llama" });
  const options = { bytes, name: "a.gguf", id: "tiny" };
  expect((await convertGguf({ ...options, folder: newFolder(), contextLength: 64 })).contextLength).toBe(64);
  expect((await convertGguf({ ...options, folder: newFolder(), contextLength: 4_096 })).contextLength).toBe(
    512,
  );
});

test("a model that is there already is not overwritten", async () => {
  const folder = newFolder();
  await convert(tinyGguf({ architecture: "llama" }), folder);
  expect((await rejection(convert(tinyGguf({ architecture: "qwen2" }), folder))).code).toBe("conflict");
  expect((await readManifest(folder)).architecture).toBe("llama");
});

test("an older conversion of the same file is replaced, another model is not", async () => {
  const folder = newFolder();
  const bytes = tinyGguf({ architecture: "llama" });
  const first = await convert(bytes, folder);
  const { conversion: _, ...older } = first;
  await Bun.write(join(folder, "model.json"), JSON.stringify(older));
  await Bun.write(join(folder, "graph.onnx"), "as it was made then");
  expect((await rejection(convert(tinyGguf({ architecture: "qwen2" }), folder))).code).toBe("conflict");
  expect(await convert(bytes, folder)).toEqual(first);
  await verifyFiles(folder, await readManifest(folder));
  expect(readdirSync(join(folder, ".."))).toEqual(["model"]);
  expect(readdirSync(folder)).toHaveLength(4);
});

test.each<[string, number | undefined, { pooling: "mean" | "cls" | "last"; end: number | null } | null]>([
  ["nothing", undefined, { pooling: "mean", end: null }],
  ["none", 0, { pooling: "mean", end: 2 }],
  ["mean", 1, { pooling: "mean", end: 2 }],
  ["cls", 2, { pooling: "cls", end: 2 }],
  ["last", 3, { pooling: "last", end: 2 }],
  ["rank", 4, null],
  ["nonsense", 77, null],
])("a file that says %s of pooling is embedded by", async (_, pooling, expected) => {
  const bytes = tinyGguf({ architecture: "qwen3", ...(pooling === undefined ? {} : { pooling }) });
  const { embedding } = await convert(bytes);
  expect(embedding ?? null).toEqual(expected && { ...expected, dimensions: 64, shortens: false });
});

describe("a file that cannot be converted leaves nothing behind:", () => {
  const cases: [string, string, Uint8Array][] = [
    ["damaged", "malformed", tinyGguf({ architecture: "llama" }).subarray(0, 2_000)],
    ["of another architecture", "refused", changed({ "general.architecture": "mamba" })],
    ["of several parts", "refused", changed({ "split.count": 2 })],
    ["a mixture of experts", "refused", changed({ "llama.expert_count": 8 })],
    ["with a rotation of its own", "refused", changed({ "llama.rope.scaling.type": "yarn" })],
    ["rotating a part of each head", "refused", changed({ "llama.rope.dimension_count": 16 })],
    ["with heads that do not divide", "refused", changed({ "llama.attention.head_count_kv": 3 })],
    ["with a width of no blocks", "refused", changed({ "llama.feed_forward_length": 97 })],
    ["with no number of blocks", "malformed", changed({ "llama.block_count": "two" })],
    ["with more blocks than tensors", "malformed", changed({ "llama.block_count": 3 })],
    ["without a tensor", "malformed", changed({}, (name) => name !== "blk.1.ffn_up.weight")],
    ["with a tensor of another shape", "malformed", changed({ "llama.feed_forward_length": 64 })],
    [
      "with heads as wide as a house",
      "malformed",
      changed({
        "llama.attention.key_length": 65_536,
        "llama.attention.value_length": 65_536,
        "llama.rope.dimension_count": 65_536,
      }),
    ],
    ["with merges of nothing", "refused", changed({ "tokenizer.ggml.merges": ["x"] })],
    ["with more tokens than the model knows", "malformed", changed({ "tokenizer.ggml.eos_token_id": 9_999 })],
    ["without a tokenizer", "refused", changed({ "tokenizer.ggml.model": "llama" })],
  ];
  test.each(cases)("%s", async (_, code, bytes) => {
    const folder = newFolder();
    expect((await rejection(convert(bytes, folder))).code).toBe(code as "malformed");
    const root = join(folder, "..");
    expect(existsSync(root) ? readdirSync(root) : []).toEqual([]);
  });
});

test("a folder that cannot be made is said so", async () => {
  const file = join(temp.path, "a-file");
  await Bun.write(file, "in the way");
  const failure = await rejection(convert(tinyGguf({ architecture: "llama" }), join(file, "model")));
  expect(failure).toMatchObject({ code: "storage", hint: expect.stringContaining("writable") });
});

test("a conversion that is stopped leaves nothing behind", async () => {
  const folder = newFolder();
  const abort = new AbortController();
  const conversion = convertGguf({
    ...{
      bytes: tinyGguf({ architecture: "llama" }),
      name: "a.gguf",
      folder,
      id: "tiny",
      signal: abort.signal,
    },
    onProgress: ({ label }) => label === "converting" && abort.abort(),
  });
  expect((await rejection(conversion)).code).toBe("cancelled");
  expect(readdirSync(join(folder, ".."))).toEqual([]);
});

test("the fixture itself is what it is taken for", () => {
  const bytes = writeGguf({}, [f32Tensor("one", [1], Float32Array.of(1))]);
  expect(readGguf(bytes).tensors.size).toBe(1);
  expect(readGguf(changed({})).tensors.size).toBe(readGguf(tinyGguf({ architecture: "llama" })).tensors.size);
});
