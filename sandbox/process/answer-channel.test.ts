import { expect, test } from "bun:test";
import fc from "fast-check";
import { AnswerChannel } from "./answer-channel.ts";

const NONCE = "0123456789abcdef0123456789abcdef";
const framed = (body: Uint8Array): Buffer =>
  Buffer.concat([Buffer.from(NONCE + String(body.length).padStart(16, "0")), body]);
const channel = (...chunks: Uint8Array[]): AnswerChannel => {
  const channel = new AnswerChannel();
  channel.push(Buffer.from("+"));
  channel.expect(NONCE);
  for (const chunk of chunks) channel.push(chunk);
  return channel;
};
const noise = fc.uint8Array({ maxLength: 200 }).filter((bytes) => !Buffer.from(bytes).includes(NONCE));

test("finds the answer whatever was written before it, and in whatever pieces it comes", () => {
  fc.assert(
    fc.property(
      noise,
      fc.uint8Array({ maxLength: 300 }),
      fc.array(fc.nat(700), { maxLength: 8 }),
      (before, body, cuts) => {
        const all = Buffer.concat([before, framed(body)]);
        const places = [0, ...cuts.map((cut) => cut % (all.length + 1)).sort((a, b) => a - b), all.length];
        const pieces = places.slice(1).map((end, index) => all.subarray(places[index], end));
        expect(channel(...pieces).answer).toEqual(Buffer.from(body));
      },
    ),
  );
});

test("keeps the first answer, and waits for as much as was announced", () => {
  expect(channel(framed(Buffer.from("V1")), framed(Buffer.from("V2"))).answer?.toString()).toBe("V1");
  expect(channel(framed(Buffer.from("V12")).subarray(0, -1)).answer).toBeUndefined();
});

test("takes an announcement that is no number for an empty answer", () => {
  expect(channel(Buffer.from(`${NONCE}-000000000000001V1`)).answer?.length).toBe(0);
  expect(channel(Buffer.from(`${NONCE}0x00000000000002V1`)).answer?.length).toBe(0);
});

test("knows an interpreter that ran from one that never did", () => {
  expect(channel().started).toBe(true);
  const silent = new AnswerChannel();
  expect(silent.started).toBe(false);
  silent.push(Buffer.from("bwrap: no"));
  expect(silent.started).toBe(false);
});
