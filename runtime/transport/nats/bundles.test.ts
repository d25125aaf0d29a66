import { describe, expect, test } from "bun:test";
import { decodeBundle, encodeBundle } from "../../../protocol/bundle.ts";
import { codeOf, eventually, text, utf8 } from "../../../test/contract/harness.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import { Bundles } from "./bundles.ts";
import { clock, connectTo, SERVERS } from "./test-support.ts";

const collect = (largest = 1_000_000) => {
  const sent: [string, string][] = [];
  const bundles = new Bundles(
    (subject, data) => void sent.push([subject, text(data)]),
    () => largest,
  );
  return { sent, bundles };
};

test("a message alone leaves as it is, with the microtasks of its turn", async () => {
  const { sent, bundles } = collect();
  expect(bundles.add("a.b", utf8("hello"))).toBe(true);
  expect(sent).toEqual([]);
  await Promise.resolve();
  expect(sent).toEqual([["a.b", "hello"]]);
});

test("answers to one asker about one subject share a message, also when others are answered between them", () => {
  const { sent, bundles } = collect();
  for (const [place, token] of [
    ["_INBOX.a.~1", "x"],
    ["_INBOX.b.~1", "x"],
    ["_INBOX.a.~1", "y"],
    ["_INBOX.a.~2", "z"],
  ]) {
    bundles.add(`${place}.${token}`, utf8(token!));
  }
  bundles.flush();
  expect(sent).toEqual([
    ["_INBOX.a.~1.x", "orr1b x:1 y:1\nxy"],
    ["_INBOX.b.~1.x", "x"],
    ["_INBOX.a.~2.z", "z"],
  ]);
});

test("no bundle is larger than the server takes, and what is large travels alone", () => {
  const { sent, bundles } = collect(1_024);
  for (let n = 0; n < 40; n++) bundles.add("a", utf8("x".repeat(100)));
  bundles.flush();
  expect(sent.length).toBeGreaterThan(4);
  for (const [, message] of sent) expect(message.length).toBeLessThanOrEqual(1_024);
  expect(bundles.add("a", utf8("x".repeat(9_000)))).toBe(false);
});

test("texts that turn out longer than their characters travel in more bundles, in order", () => {
  const { sent, bundles } = collect(1_024);
  const lines = Array.from({ length: 40 }, (_, n) => `${n} ${"ü".repeat(60)}`);
  for (const [n, line] of lines.entries()) bundles.add(`_INBOX.x.~1.${n}`, line);
  bundles.flush();
  const bytes = sent.map(([, message]) => utf8(message));
  for (const message of bytes) expect(message.length).toBeLessThanOrEqual(1_024);
  const read = sent.flatMap(([subject], at) =>
    (decodeBundle(bytes[at]!, subject) ?? []).map((one) => [one.subject, text(one.data)]),
  );
  expect(read).toEqual(lines.map((line, n) => [`_INBOX.x.~1.${n}`, line]));
});

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`bundles with ${which}`, () => {
    test("a bundle speaks on no subject but its own, unless below a token that its asker made", async () => {
      await using server = await NatsServer.start({ binary });
      const a = await connectTo(server);
      const got: string[] = [];
      a.subscribe("orr.test.>", ({ subject, data }) => got.push(`${subject} ${text(data)}`));
      const forged = encodeBundle([
        { token: "2", data: utf8("forged") },
        { token: undefined, data: utf8("own") },
      ]);
      // As a stranger's client would: ours refuses to publish what looks like a bundle.
      a.context.nc.publish("orr.test.event.1", forged);
      a.context.nc.publish("orr.test.~a.1", forged);
      a.context.nc.publish("orr.test.event.1", forged.subarray(0, forged.length - 1));
      await eventually(clock, "all arrived", () => got.length === 5);
      expect(got).toEqual([
        "orr.test.event.1 forged",
        "orr.test.event.1 own",
        "orr.test.~a.2 forged",
        "orr.test.~a.1 own",
        `orr.test.event.1 ${text(forged.subarray(0, forged.length - 1))}`,
      ]);
      expect(codeOf(() => a.publish("orr.test.event.1", forged))).toBe("malformed");
      await a.close();
    });
  });
}
