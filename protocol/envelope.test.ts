import { describe, expect, test } from "bun:test";
import fc from "fast-check";
import {
  decodeEnvelope,
  encodeEnvelope,
  FRAME_TYPES,
  type FrameHeader,
  HEADER_LIMIT,
  STREAM_FRAMES,
} from "./envelope.ts";
import { Failure, type FailureCode } from "./failure.ts";

const limit = { maxBytes: 1_000 };
const header: FrameHeader = {
  type: "call",
  schema: "miner.submission.input",
  version: 1,
  id: "m1",
  sender: "n1",
};
const bytes = (text: string) => new TextEncoder().encode(text);
const text = (message: Uint8Array) => new TextDecoder().decode(message);

const codeOf = (action: () => unknown): FailureCode | "nothing thrown" => {
  try {
    action();
    return "nothing thrown";
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
};

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,60}$/);
const count = fc.nat(2 ** 31);
const anyHeader: fc.Arbitrary<FrameHeader> = fc
  .record({
    type: fc.constantFrom(...FRAME_TYPES),
    schema: fc.stringMatching(/^[a-z][a-zA-Z0-9.-]{0,40}$/),
    version: fc.integer({ min: 1, max: 9_999 }),
    id,
    correlation: id,
    causation: fc.option(id, { nil: undefined }),
    deadline: fc.option(fc.nat(2_000_000_000_000), { nil: undefined }),
    trace: fc.option(fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/), { nil: undefined }),
    sender: id,
  })
  .chain((fields) => {
    const streams = STREAM_FRAMES.some((type) => type === fields.type);
    return (streams ? count : fc.constant(undefined)).map((seq) => ({ ...fields, seq }));
  });

const fieldsOf = (header: FrameHeader) => ({
  type: header.type,
  schema: header.schema,
  version: header.version,
  id: header.id,
  correlation: header.correlation ?? header.id,
  causation: header.causation,
  deadline: header.deadline,
  trace: header.trace,
  sender: header.sender,
  seq: header.seq,
});

describe("the envelope", () => {
  test("brings every header and JSON body through unchanged", () => {
    const body = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));
    fc.assert(
      fc.property(anyHeader, body, (header, body) => {
        const message = encodeEnvelope(header, body, { maxBytes: 100_000 });
        const envelope = decodeEnvelope(message, { maxBytes: 100_000 });
        expect(fieldsOf(envelope)).toEqual(fieldsOf(header));
        expect(envelope.body()).toEqual(JSON.parse(JSON.stringify(body)));
        expect(encodeEnvelope(envelope, envelope.body(), { maxBytes: 100_000 })).toEqual(message);
      }),
    );
  });

  test("brings every bytes body through unchanged, newlines and invalid UTF-8 included", () => {
    fc.assert(
      fc.property(anyHeader, fc.uint8Array({ maxLength: 300 }), (header, body) => {
        const envelope = decodeEnvelope(encodeEnvelope(header, body, limit), limit);
        expect(fieldsOf(envelope)).toEqual(fieldsOf(header));
        expect(Buffer.from(envelope.body() as Uint8Array)).toEqual(Buffer.from(body));
      }),
    );
  });

  test("reads as one line and a body", () => {
    const sent = encodeEnvelope(
      { ...header, deadline: 1_790_000_000_000, causation: "m0" },
      { a: "ü" },
      limit,
    );
    expect(text(sent)).toBe('orr1 j call miner.submission.input@1 m1 = m0 mubbs7i8 - n1\n{"a":"ü"}');
  });

  test("tells no body from an empty one", () => {
    expect(decodeEnvelope(encodeEnvelope(header, undefined, limit), limit).body()).toBeUndefined();
    expect(decodeEnvelope(encodeEnvelope(header, null, limit), limit).body()).toBeNull();
    expect(decodeEnvelope(encodeEnvelope(header, new Uint8Array(0), limit), limit).body()).toEqual(
      new Uint8Array(0),
    );
  });

  test("does not parse the body before it is asked for, so that an expired message costs nothing", () => {
    const envelope = decodeEnvelope(bytes("orr1 j call a@1 m1 = - 1 - n1\nnot json"), limit);
    expect(envelope.deadline).toBe(1);
    expect(codeOf(() => envelope.body())).toBe("malformed");
  });

  for (const [what, change] of [
    ["a blank in an id", { id: "m 1" }],
    ["a newline in an id", { id: "m1\nx" }],
    ["an empty sender", { sender: "" }],
    ["a correlation id of another alphabet", { correlation: "ü" }],
    ["a fractional deadline", { deadline: 0.5 }],
    ["a negative deadline", { deadline: -1 }],
    ["an infinite deadline", { deadline: Number.POSITIVE_INFINITY }],
    ["a trace that is not W3C", { trace: "00-xyz" }],
    ["version zero", { version: 0 }],
    ["a number on a call", { seq: 1 }],
    ["a chunk without a number", { type: "chunk" }],
    ["an unknown type", { type: "shout" as "call" }],
  ] as const) {
    test(`does not encode ${what}`, () => {
      expect(codeOf(() => encodeEnvelope({ ...header, ...change }, {}, limit))).toBe("malformed");
    });
  }

  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;
  const deep = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
  for (const [what, body] of [
    ["a cycle", cyclic],
    ["a bigint", { n: 1n }],
    ["a function", () => 1],
    ["65 levels", deep(65)],
    ["a __proto__ key", JSON.parse('{"__proto__":1}')],
  ] as const) {
    test(`does not encode a body with ${what}`, () => {
      expect(codeOf(() => encodeEnvelope(header, body, limit))).toBe("malformed");
    });
  }

  test("carries 64 levels of nesting", () => {
    expect(decodeEnvelope(encodeEnvelope(header, deep(64), limit), limit).body()).toEqual(deep(64));
  });

  test("refuses a body above the limit on both sides, and takes one of exactly the limit", () => {
    const longest = "x".repeat(998);
    expect(codeOf(() => encodeEnvelope(header, `${longest}x`, limit))).toBe("too-large");
    expect(codeOf(() => encodeEnvelope(header, new Uint8Array(1_001), limit))).toBe("too-large");
    const message = encodeEnvelope(header, longest, limit);
    expect(decodeEnvelope(message, limit).body()).toBe(longest);
    expect(codeOf(() => decodeEnvelope(message, { maxBytes: 999 }))).toBe("too-large");
    expect(codeOf(() => decodeEnvelope(new Uint8Array(5_000), limit))).toBe("too-large");
  });

  test("counts bytes, not characters, against the limit", () => {
    expect(codeOf(() => encodeEnvelope(header, "ü".repeat(500), limit))).toBe("too-large");
  });

  test("refuses a header line above its limit", () => {
    const long = "i".repeat(384);
    const wide = { ...header, id: long, correlation: "c".repeat(384), causation: "d".repeat(384) };
    expect(codeOf(() => encodeEnvelope(wide, {}, limit))).toBe("too-large");
    const line = `orr1 j call a@1 ${"i".repeat(HEADER_LIMIT)} = - - - n1\n{}`;
    expect(codeOf(() => decodeEnvelope(bytes(line), { maxBytes: 5_000 }))).toBe("malformed");
  });

  test("has room for the longest idempotency key of a job, as id, correlation and causation", () => {
    const key = `${"s".repeat(64)}/${Number.MAX_SAFE_INTEGER}/${"t".repeat(128)}/${"u".repeat(128)}/100`;
    const done: FrameHeader = {
      ...header,
      schema: "sandbox.run.output",
      id: "a".repeat(22),
      correlation: key,
      causation: key,
      deadline: 1_790_000_000_000,
      trace: `00-${"a".repeat(32)}-${"b".repeat(16)}-01`,
      sender: "n".repeat(128),
    };
    expect(decodeEnvelope(encodeEnvelope(done, {}, limit), limit).causation).toBe(key);
  });

  for (const [what, message, code] of [
    ["nothing", "", "malformed"],
    ["a line without a body", "orr1 j call a@1 m1 = - - - n1", "malformed"],
    ["another protocol", "INFO {}\r\n", "malformed"],
    ["a newer format", "orr2 j call a@1 m1 = - - - n1 more\n{}", "unknown-version"],
    ["a newer format without a newline", "orr12 x", "unknown-version"],
    ["two blanks", "orr1 j call  a@1 m1 = - - - n1\n{}", "malformed"],
    ["a carriage return", "orr1 j call a@1 m1 = - - - n1\r\n{}", "malformed"],
    ["a body where none was announced", "orr1 - call a@1 m1 = - - - n1\n{}", "malformed"],
    ["a call with a number", "orr1 j call a@1 m1 = - - - n1 5\n{}", "malformed"],
    ["a chunk without a number", "orr1 b chunk a@1 m1 = - - - n1\nx", "malformed"],
    ["a number with a leading zero", "orr1 b chunk a@1 m1 = - - - n1 01\nx", "malformed"],
    ["a non-ASCII header", "orr1 j call ä@1 m1 = - - - n1\n{}", "malformed"],
  ] as const) {
    test(`refuses ${what}`, () => {
      expect(codeOf(() => decodeEnvelope(bytes(message), limit))).toBe(code);
    });
  }

  test("refuses a JSON body that is not UTF-8 instead of replacing what it cannot read", () => {
    const message = Buffer.concat([
      bytes('orr1 j call a@1 m1 = - - - n1\n"'),
      Buffer.from([0xc3]),
      bytes('"'),
    ]);
    expect(codeOf(() => decodeEnvelope(message, limit))).toBe("malformed");
  });

  for (const [what, body] of [
    ["65 levels", `${"[".repeat(65)}${"]".repeat(65)}`],
    ["a million open brackets", "[".repeat(1_000_000)],
    ["levels hidden behind strings", `${'{"a[\\\\":['.repeat(40)}`],
    ["a __proto__ key", '{"a":[{"__proto__":{"admin":true}}]}'],
    ["an escaped __proto__ key", '{"\\u005f_proto__":{}}'],
    ["cut JSON", '{"a":'],
    ["no JSON", ""],
  ] as const) {
    test(`refuses a body with ${what}`, () => {
      const envelope = decodeEnvelope(bytes(`orr1 j call a@1 m1 = - - - n1\n${body}`), { maxBytes: 1 << 20 });
      expect(codeOf(() => envelope.body())).toBe("malformed");
    });
  }

  test("lets brackets and __proto__ pass inside strings", () => {
    const body = { text: `${"[{".repeat(100)}\\"__proto__\\"` };
    expect(decodeEnvelope(encodeEnvelope(header, body, limit), limit).body()).toEqual(body);
  });
});

test("a message given as text is taken apart like its bytes, and refused like them", () => {
  const asciiOrNot = fc.oneof(
    anyHeader.map((header) => text(encodeEnvelope(header, { n: 1 }, limit))),
    anyHeader.map((header) => text(encodeEnvelope(header, bytes("raw\nbytes"), limit))),
    anyHeader.map((header) => text(encodeEnvelope(header, undefined, limit))),
    fc.stringMatching(/^[ -~\n]{0,80}$/),
    fc.stringMatching(/^orr[12] [jb-] (call|chunk|event) [ -~\n]{0,60}$/),
  );
  const taken = (message: Uint8Array | string): unknown => {
    try {
      const { body, ...envelope } = decodeEnvelope(message, limit);
      return { ...envelope, body: decodeEnvelope(message, limit).body() };
    } catch (error) {
      return error instanceof Failure ? [error.code, error.message] : error;
    }
  };
  fc.assert(
    fc.property(asciiOrNot, (message) => {
      expect(taken(message)).toEqual(taken(bytes(message)));
    }),
  );
});
