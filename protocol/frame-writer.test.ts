import { expect, test } from "bun:test";
import fc from "fast-check";
import { beginningText, encodeEnvelope, type FrameHeader } from "./envelope.ts";
import { Failure } from "./failure.ts";
import { FrameWriter } from "./frame-writer.ts";

const MAX_BYTES = 10_000;
const writer = new FrameWriter("validator-3");
const text = (header: Omit<FrameHeader, "schema" | "version" | "sender">, body: unknown): string =>
  new TextDecoder().decode(
    encodeEnvelope({ ...header, schema: "a.b", version: 2, sender: "validator-3" }, body, {
      maxBytes: MAX_BYTES,
    }),
  );

const id = fc.stringMatching(/^[A-Za-z0-9][A-Za-z0-9._:/-]{0,60}$/);
const trace = fc.stringMatching(/^00-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/);
const body = fc.jsonValue().filter((value) => !JSON.stringify(value).includes("__proto__"));

test("writes what `encodeEnvelope` writes", () => {
  fc.assert(
    fc.property(
      id,
      id,
      id,
      fc.nat(2_000_000_000_000),
      trace,
      body,
      (id, first, asked, deadline, trace, body) => {
        const beginning = (type: "call" | "event" | "ok") => beginningText("j", type, "a.b", 2);
        expect(writer.call(beginning("call"), id, undefined, deadline, trace, body, MAX_BYTES)).toBe(
          text({ type: "call", id, deadline, trace }, body),
        );
        expect(writer.event(beginning("event"), id, body, MAX_BYTES)).toBe(text({ type: "event", id }, body));
        fc.pre(first !== id);
        const cause = { correlation: first, id: asked };
        expect(writer.call(beginning("call"), id, cause, deadline, trace, body, MAX_BYTES)).toBe(
          text({ type: "call", id, correlation: first, causation: asked, deadline, trace }, body),
        );
        expect(writer.ok(beginning("ok"), id, cause, body, MAX_BYTES)).toBe(
          text({ type: "ok", id, correlation: first, causation: asked }, body),
        );
      },
    ),
  );
});

test("refuses a body above the limit in bytes, and an answer whose header the asker's ids make too long", () => {
  const codeOf = (action: () => unknown) => {
    try {
      return action();
    } catch (error) {
      return Failure.from(error).code;
    }
  };
  const event = beginningText("j", "event", "a.b", 1);
  expect(codeOf(() => writer.event(event, "m1", "ü".repeat(48), 98))).toEndWith('ü"');
  expect(codeOf(() => writer.event(event, "m1", "ü".repeat(49), 98))).toBe("too-large");
  const long = { correlation: "c".repeat(384), id: "d".repeat(384) };
  const ok = beginningText("j", "ok", `a${"b".repeat(95)}`, 1);
  expect(codeOf(() => writer.ok(ok, "m".repeat(384), long, 1, 100))).toBe("too-large");
});
