import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { decodeEnvelope, encodeEnvelope } from "./envelope.ts";
import { Failure } from "./failure.ts";
import { carrying, readBody, readVersion, released, versionOf } from "./versions.ts";

/** A message with a history: version 1 said seconds, version 2 milliseconds, version 3 says who waits. */
const WaitV1 = z.object({ seconds: z.number() });
const Wait = released(z.object({ ms: z.number().int(), who: z.string().max(16) }), {
  version: 3,
  upcasters: {
    1: (older) => ({ ms: WaitV1.parse(older).seconds * 1_000 }),
    2: (older) => ({ ...z.object({ ms: z.number() }).parse(older), who: "unknown" }),
  },
});

const failureOf = (action: () => unknown): Failure => {
  try {
    action();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
};

describe("versions", () => {
  test("read every released version as the current one", () => {
    expect(readVersion(Wait, "wait", 1, { seconds: 2 })).toEqual({ ms: 2_000, who: "unknown" });
    expect(readVersion(Wait, "wait", 2, { ms: 5 })).toEqual({ ms: 5, who: "unknown" });
    expect(readVersion(Wait, "wait", 3, { ms: 5, who: "me", more: true })).toEqual({ ms: 5, who: "me" });
  });

  test("are 1 until a schema declares otherwise", () => {
    expect(versionOf(z.string())).toBe(1);
    expect(versionOf(Wait)).toBe(3);
  });

  test("that are newer than this node are answered with unknown-version", () => {
    const failure = failureOf(() => readVersion(Wait, "wait", 4, { ms: 5 }));
    expect(failure.code).toBe("unknown-version");
    expect(failure.meta).toEqual({ schema: "wait", version: 4, current: 3 });
    expect(failureOf(() => readVersion(z.string(), "text", 2, "x")).code).toBe("unknown-version");
    expect(failureOf(() => readVersion(z.string(), "text", 0, "x")).code).toBe("unknown-version");
  });

  test("reach into a body that carries another", () => {
    const Job = carrying(z.object({ to: z.string().optional(), input: Wait.optional() }), "input", Wait);
    expect(versionOf(Job)).toBe(3);
    expect(readVersion(Job, "job", 1, { to: "me", input: { seconds: 1 } })).toEqual({
      to: "me",
      input: { ms: 1_000, who: "unknown" },
    });
    expect(readVersion(Job, "job", 1, { to: "me" })).toEqual({ to: "me" });
  });

  test("that an upcaster cannot make sense of are malformed, with the upcaster's words as cause", () => {
    const failure = failureOf(() => readVersion(Wait, "wait", 1, { seconds: "two" }));
    expect(failure.code).toBe("malformed");
    expect(failure.cause).toBeInstanceOf(z.ZodError);
  });

  test("are validated after the upcast: an old message cannot bring what a new one may not", () => {
    expect(failureOf(() => readVersion(Wait, "wait", 1, { seconds: 0.0001 })).code).toBe("malformed");
  });

  test("without a way from an older one cannot be declared", () => {
    expect(() => released(z.string(), { version: 3, upcasters: { 2: (older) => older } })).toThrow(
      /upcaster from version 1/,
    );
  });

  test("travel in the envelope, and the body must be of the schema that was asked for", () => {
    const header = { type: "event", schema: "wait", version: 1, id: "m1", sender: "n" } as const;
    const sent = decodeEnvelope(encodeEnvelope(header, { seconds: 1 }, { maxBytes: 100 }), { maxBytes: 100 });
    expect(readBody(sent, Wait, "wait")).toEqual({ ms: 1_000, who: "unknown" });
    expect(failureOf(() => readBody(sent, Wait, "rest")).code).toBe("malformed");
  });

  test("name the field that does not fit", () => {
    const failure = failureOf(() => readVersion(Wait, "wait", 3, { ms: 1, who: "x".repeat(17) }));
    expect(failure.message).toBe("wait is not valid at who");
  });
});
