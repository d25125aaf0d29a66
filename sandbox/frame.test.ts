import { expect, test } from "bun:test";
import fc from "fast-check";
import { encodeFrame, FrameReader } from "./frame.ts";

test("gives back every value whatever pieces the stream came in", () => {
  fc.assert(
    fc.property(
      fc.array(fc.jsonValue(), { maxLength: 5 }),
      fc.array(fc.nat(40), { minLength: 1 }),
      (values, cuts) => {
        const bytes = Buffer.concat(values.map(encodeFrame));
        const reader = new FrameReader(1_000_000);
        const got: unknown[] = [];
        for (let at = 0, turn = 0; at < bytes.length; turn++) {
          const size = 1 + cuts[turn % cuts.length]!;
          got.push(...reader.push(bytes.subarray(at, at + size)));
          at += size;
        }
        expect(JSON.stringify(got)).toBe(JSON.stringify(values));
      },
    ),
  );
});

test("refuses a frame above the limit before its body has come", () => {
  const header = Buffer.alloc(4);
  header.writeUInt32LE(101);
  expect(() => new FrameReader(100).push(header)).toThrow(RangeError);
});

test("refuses a frame that is not JSON", () => {
  const frame = Buffer.from([3, 0, 0, 0, 0x7b, 0x7b, 0x7b]);
  expect(() => new FrameReader(100).push(frame)).toThrow(SyntaxError);
});
