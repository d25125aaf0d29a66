import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import { refusal } from "../../test/support/rejection.ts";
import { readGguf } from "./read-gguf.ts";
import { f32Tensor, writeGguf } from "./write-gguf.fixture.ts";

const METADATA = {
  "general.architecture": "llama",
  "llama.block_count": 2,
  "llama.rope.freq_base": { f32: 10_000 },
  "tokenizer.ggml.tokens": ["a", "b", "ü"],
  "tokenizer.ggml.add_bos_token": false,
};
const whole = () => writeGguf(METADATA, [f32Tensor("one", [2, 3], Float32Array.of(1, 2, 3, 4, 5, 6))]);

/** The file with a 64-bit number changed, found by what stands before it. */
function changed(after: string, value: bigint, skip = 0): Uint8Array {
  const bytes = Buffer.from(whole());
  bytes.writeBigUInt64LE(value, bytes.indexOf(after) + after.length + skip);
  return bytes;
}

test("reads metadata and tensors as they were written", () => {
  const { version, metadata, tensors } = readGguf(whole());
  expect(version).toBe(3);
  expect(Object.fromEntries(metadata)).toEqual({ ...METADATA, "llama.rope.freq_base": 10_000 });
  const one = tensors.get("one");
  expect(one).toMatchObject({ dims: [2, 3], type: { name: "F32" } });
  expect(one?.data.length).toBe(24);
});

describe("refuses a file that", () => {
  const cases: [string, Uint8Array][] = [
    ["is empty", new Uint8Array()],
    ["is something else", Buffer.from("PK\u0003\u0004 is a zip")],
    ["ends within its header", whole().subarray(0, 40)],
    ["ends within a tensor", whole().subarray(0, whole().length - 16)],
    ["claims 2^60 tensors", changed("GGUF", 2n ** 60n, 4)],
    ["claims 2^60 metadata entries", changed("GGUF", 2n ** 60n, 12)],
    ["claims a text of 2^63 bytes", changed("general.architecture", 2n ** 63n, 4)],
    ["claims an array longer than itself", changed("tokenizer.ggml.tokens", 4_000_000n, 8)],
    ["has a tensor far outside", changed("one", 2n ** 40n, 4 + 16 + 4)],
    ["has a tensor that is not aligned", changed("one", 8n, 4 + 16 + 4)],
    ["has a tensor without values", changed("one", 0n, 4)],
    ["has a tensor whose size overflows", changed("one", 2n ** 52n, 4)],
    ["has an odd alignment", writeGguf({ "general.alignment": 33 }, [])],
    [
      "has a row of half a block",
      writeGguf({}, [{ name: "q", dims: [16], type: 8, data: new Uint8Array(17) }]),
    ],
  ];
  test.each(cases)("%s", (_, bytes) => {
    expect(refusal(() => readGguf(bytes)).code).toBe("malformed");
  });

  test.each([
    [
      "points to a file of Git LFS",
      "version https://git-lfs.github.com/spec/v1\noid sha256:ab",
      "git lfs pull",
    ],
    ["is a web page", "<!DOCTYPE html><title>Not found</title>", "web page"],
    [
      "is a model in another format",
      '\u0010\u0000\u0000\u0000\u0000\u0000\u0000\u0000{"a":{}}',
      "convert_hf_to_gguf",
    ],
    ["is anything else", "abcdefghijkl", "fetch it again"],
  ])("%s, with what to do about it", (_, text, hint) => {
    expect(refusal(() => readGguf(Buffer.from(text))).hint).toContain(hint);
  });

  test.each([1, 99, 0x0300_0000])("is of version %i", (version) => {
    const bytes = Buffer.from(whole());
    bytes.writeUInt32LE(version, 4);
    expect(refusal(() => readGguf(bytes))).toMatchObject({ code: "refused", meta: { version } });
  });

  test("stores numbers in a way that is not known, naming the tensor", () => {
    const file = writeGguf({}, [{ name: "odd", dims: [32], type: 99, data: new Uint8Array(32) }]);
    const failure = refusal(() => readGguf(file));
    expect(failure).toMatchObject({ code: "refused", meta: { tensor: "odd", type: 99 } });
  });

  test("has the same tensor twice", () => {
    const one = f32Tensor("one", [1], Float32Array.of(1));
    expect(refusal(() => readGguf(writeGguf({}, [one, one]))).code).toBe("malformed");
  });
});

test("whatever bytes are changed, it is read or refused with a failure", () => {
  const good = whole();
  const change = fc.record({ at: fc.nat(good.length - 1), value: fc.integer({ min: 0, max: 255 }) });
  fc.assert(
    fc.property(fc.array(change, { minLength: 1, maxLength: 8 }), (changes) => {
      const bytes = Buffer.from(good);
      for (const { at, value } of changes) bytes[at] = value;
      try {
        readGguf(bytes);
      } catch (error) {
        expect(error).toBeInstanceOf(Failure);
      }
    }),
    { numRuns: 500 },
  );
});
