import { expect, test } from "bun:test";
import fc from "fast-check";
import { CLOSER_TOKEN, createPieces, OPENER_TOKEN, VOCABULARY } from "./pieces.ts";

const pieces = createPieces();
const encode = (text: string) => pieces.encode(text, { special: false });
const decode = (tokens: Uint32Array) =>
  Buffer.concat([...tokens].map((token) => pieces.bytes(token))).toString();
const shown = (text: string) => [...encode(text)].map((token) => Buffer.from(pieces.bytes(token)).toString());

test("cuts words and numbers in threes, with the blank before them", () => {
  expect(shown("The code of river-482 := ember 9056;")).toEqual([
    ...["T", "he", " cod", "e", " of", " riv", "er", "-", "482", " :=", " emb", "er", " 905", "6", ";"],
  ]);
});

test("gives markers their own tokens", () => {
  expect([...encode(" :=;")]).toEqual([OPENER_TOKEN, CLOSER_TOKEN]);
});

test("any text comes back as it was", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) =>
      expect(decode(encode(text))).toBe(text),
    ),
  );
  fc.assert(
    fc.property(fc.stringMatching(/^[a-c 0-2:=;]{0,40}$/), (text) => expect(decode(encode(text))).toBe(text)),
  );
});

test("every piece is the token of its own text, and inside the vocabulary", () => {
  for (let token = 0; token < VOCABULARY; token++) {
    const bytes = pieces.bytes(token);
    if (bytes.length < 2) continue;
    expect([...encode(Buffer.from(bytes).toString())]).toEqual([token]);
  }
  expect(VOCABULARY % 256).toBe(0);
});
