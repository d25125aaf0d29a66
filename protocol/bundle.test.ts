import { expect, test } from "bun:test";
import fc from "fast-check";
import {
  BUNDLE_BYTES,
  BUNDLE_MESSAGES,
  type Bundled,
  bundledSize,
  bundlePlace,
  decodeBundle,
  encodeBundle,
  isBundle,
} from "./bundle.ts";
import { encodeEnvelope } from "./envelope.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (data: Uint8Array): string => new TextDecoder().decode(data);

const message = fc.record({
  token: fc.option(fc.stringMatching(/^[0-9a-z]{1,12}$/), { nil: undefined }),
  data: fc.uint8Array({ minLength: 1, maxLength: 300 }),
});
const texts = fc.record({
  token: fc.option(fc.stringMatching(/^[0-9a-z]{1,12}$/), { nil: undefined }),
  data: fc.string({ unit: "grapheme", minLength: 1, maxLength: 100 }),
});
const ON = "_INBOX.x.~4.own";

/** A released form: what older and newer nodes send each other. */
const GOLDEN = "orr1b -:5 1f:6\nhellogrüß";

test("reads and writes the released form", () => {
  const messages = [
    { token: undefined, data: bytes("hello") },
    { token: "1f", data: bytes("grüß") },
  ];
  expect(text(encodeBundle(messages))).toBe(GOLDEN);
  expect(text(encodeBundle(messages.map(({ token, data }) => ({ token, data: text(data) }))))).toBe(GOLDEN);
  const read = (subject: string) =>
    decodeBundle(bytes(GOLDEN), subject)?.map((message) => [message.subject, text(message.data)]);
  expect(read("_INBOX.x.~4.a")).toEqual([
    ["_INBOX.x.~4.a", "hello"],
    ["_INBOX.x.~4.1f", "grüß"],
  ]);
  // Elsewhere a bundle speaks on its own subject only.
  expect(read("_INBOX.x.4.a")).toEqual([
    ["_INBOX.x.4.a", "hello"],
    ["_INBOX.x.4.a", "grüß"],
  ]);
});

test("gives back what was put in, in order, within the announced size", () => {
  fc.assert(
    fc.property(fc.array(message, { minLength: 1, maxLength: 40 }), (messages: Bundled[]) => {
      const encoded = encodeBundle(messages);
      expect(isBundle(encoded)).toBe(true);
      expect(encoded.length).toBeLessThanOrEqual(
        8 + messages.reduce((sum, { data }) => sum + bundledSize(data), 0),
      );
      expect(decodeBundle(encoded, ON)?.map(({ token = "", data }) => [token, ...data])).toEqual(
        messages.map(({ token = "own", data }) => [token, ...data]),
      );
    }),
  );
});

test("carries texts as their UTF-8, with others or with bytes", () => {
  fc.assert(
    fc.property(fc.array(texts, { minLength: 1, maxLength: 20 }), fc.option(message), (messages, other) => {
      const all: Bundled[] = other === null ? messages : [...messages, other];
      const encoded = encodeBundle(all);
      expect(encoded).toEqual(
        encodeBundle(
          all.map(({ token, data }) => ({ token, data: typeof data === "string" ? bytes(data) : data })),
        ),
      );
      expect(decodeBundle(encoded, ON)).toHaveLength(all.length);
    }),
  );
});

test("gives text only where it is the same as the bytes", () => {
  const textsOf = (...data: Uint8Array[]) =>
    decodeBundle(encodeBundle(data.map((each) => ({ token: undefined, data: each }))), ON)?.map(
      (each) => each.text,
    );
  expect(textsOf(bytes("one"), bytes("two"))).toEqual(["one", "two"]);
  for (const other of [
    bytes("grüß"),
    bytes("\ufeff"),
    bytes("🙂"),
    Uint8Array.of(0xff),
    Uint8Array.of(0xc3),
  ]) {
    expect(textsOf(bytes("one"), other)).toEqual([undefined, undefined]);
  }
});

test("is no bundle when a byte is missing or too many, a size is wrong, or a message is empty", () => {
  for (const wrong of [
    GOLDEN.slice(0, -1),
    `${GOLDEN}x`,
    "orr1b -:0 1f:6\ngrüß",
    "orr1b\n",
    "orr1b -:5",
    "orr1b -:5  -:1\nhello1",
    "orr1b A:5\nhello",
    "orr1b -:05\nhello",
    "orr1b -:99999\nhello",
    "orr1b >:5\nhello",
  ]) {
    expect(decodeBundle(bytes(wrong), ON)).toBeUndefined();
  }
});

test("is no bundle above its bounds", () => {
  const one = { token: undefined, data: bytes("x") };
  expect(decodeBundle(encodeBundle(Array.from({ length: BUNDLE_MESSAGES }, () => one)), ON)).toHaveLength(
    BUNDLE_MESSAGES,
  );
  expect(
    decodeBundle(encodeBundle(Array.from({ length: BUNDLE_MESSAGES + 1 }, () => one)), ON),
  ).toBeUndefined();
  const large = { token: undefined, data: new Uint8Array(BUNDLE_BYTES) };
  expect(decodeBundle(encodeBundle([large]), ON)).toBeUndefined();
});

test("never throws, and never hands out bytes that did not come, whatever comes", () => {
  const hostile = fc.oneof(
    fc.uint8Array({ maxLength: 400 }),
    fc.uint8Array({ maxLength: 400 }).map((tail) => Buffer.concat([bytes("orr1b "), tail])),
    fc
      .tuple(fc.array(message, { minLength: 1, maxLength: 5 }), fc.nat(), fc.nat(255))
      .map(([messages, at, to]) => {
        const changed = encodeBundle(messages);
        changed[at % changed.length] = to;
        return changed;
      }),
  );
  fc.assert(
    fc.property(hostile, (data) => {
      const messages = decodeBundle(data, ON);
      if (messages === undefined) return;
      const body = messages.reduce((sum, { data }) => sum + data.length, 0);
      expect(data.indexOf(0x0a) + 1 + body).toBe(data.length);
    }),
    { numRuns: 5_000 },
  );
});

test("no envelope looks like a bundle", () => {
  const header = { type: "event", schema: "a.b.input", version: 1, id: "b", sender: "n" } as const;
  expect(isBundle(encodeEnvelope(header, { b: 1 }, { maxBytes: 100 }))).toBe(false);
});

test("answers meet below the `~` that their asker made for one subject, events on their own subject only", () => {
  expect(bundlePlace("_INBOX.validator.x1.~4.1f")).toEqual({ place: "_INBOX.validator.x1.~4", token: "1f" });
  for (const subject of ["orr.main.nodes.v1.report", "a.b~c.d", "a.~b", "plain", "_R_.abc.def"]) {
    expect(bundlePlace(subject)).toEqual({ place: subject, token: undefined });
  }
});
