import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import { Failure } from "../../../protocol/failure.ts";
import { refusal } from "../../../test/support/rejection.ts";
import { type DecoderShape, decoderShape } from "../decoder-shape.ts";
import { checkSnapshotSize, readSnapshot, type Snapshot, writeSnapshot } from "./snapshot-file.ts";

const shape: DecoderShape = decoderShape(
  [
    { name: "input_ids", type: "int64", dims: ["batch", "sequence"] },
    { name: "past_conv.0", type: "int64", dims: ["batch", 3] },
    { name: "past_key_values.1.key", type: "float32", dims: ["batch", 2, "capacity", 4] },
  ],
  [
    { name: "logits", type: "float32", dims: ["batch", "rows", 10] },
    { name: "present_conv.0", type: "int64", dims: ["batch", 3] },
    { name: "present.1.key", type: "float32", dims: ["batch", 2, "capacity", 4] },
  ],
);
const [conv, key] = [shape.states[0]!, shape.states[1]!];

function snapshot(position: number, pending: number[]): Snapshot {
  const bytes = (size: number) => Uint8Array.from({ length: size }, (_, n) => (n * 7) % 251);
  return {
    position,
    pending,
    parts: [
      { state: conv, length: 0, data: bytes(24) },
      { state: key, length: position, data: bytes(2 * position * 4 * 4) },
    ],
    logits: pending.length > 0 ? undefined : Float32Array.from({ length: 10 }, (_, n) => n / 3),
  };
}

test("a state comes back as it was written, with and without a token that is not read yet", () => {
  for (const each of [snapshot(5, []), snapshot(5, [9]), snapshot(0, [1])]) {
    expect(readSnapshot(writeSnapshot(each), shape)).toEqual(each);
  }
});

describe("refused is", () => {
  const good = writeSnapshot(snapshot(5, [9]));
  const wrong = (bytes: Uint8Array) => refusal(() => readSnapshot(bytes, shape));
  const withHeader = (change: (text: string) => string) => {
    const size = Buffer.from(good).readUInt32LE();
    const header = Buffer.from(change(Buffer.from(good).toString("utf8", 4, 4 + size)));
    const length = Buffer.alloc(4);
    length.writeUInt32LE(header.length);
    return Buffer.concat([length, header, good.subarray(4 + size)]);
  };

  test.each([
    ["nothing", new Uint8Array()],
    ["another thing", Buffer.from("GGUF and some more bytes")],
    ["a state cut short", good.subarray(0, good.length - 1)],
    ["a state with more behind it", Buffer.concat([good, Buffer.alloc(1)])],
    ["a longer text than its numbers", withHeader((text) => text.replace('"position":5', '"position":6'))],
    [
      "a token that the model does not have",
      withHeader((text) => text.replace('"pending":[9]', '"pending":[10]')),
    ],
    ["a state of another name", withHeader((text) => text.replace("past_conv.0", "past_conv.1"))],
    ["a state of another type", withHeader((text) => text.replace('"int64"', '"int32"'))],
  ])("%s", (_, bytes) => {
    expect(wrong(bytes).code).toBe("malformed");
  });

  test("whatever else is made of one, without a crash", () => {
    const change = fc.record({ at: fc.nat(good.length - 1), value: fc.integer({ min: 0, max: 255 }) });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 6 }), (changes) => {
        const bytes = Buffer.from(good);
        for (const { at, value } of changes) bytes[at] = value;
        try {
          readSnapshot(bytes, shape);
        } catch (error) {
          expect(error).toBeInstanceOf(Failure);
        }
      }),
    );
  });

  test("a state that no blob could hold, before it is copied", () => {
    expect(refusal(() => checkSnapshotSize(64 * 1024 * 1024, 1_000)).code).toBe("too-large");
    expect(() => checkSnapshotSize(60 * 1024 * 1024, 1_000)).not.toThrow();
  });
});
