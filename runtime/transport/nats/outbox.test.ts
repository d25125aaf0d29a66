import { describe, expect, test } from "bun:test";
import { codeOf, eventually, text, utf8 } from "../../../test/contract/harness.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import { clock, connectTo, SERVERS } from "./test-support.ts";

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`the outbox with ${which}`, () => {
    test("texts of one turn arrive whole and in order, between bytes and bundles, ASCII or not", async () => {
      await using server = await NatsServer.start({ binary });
      const [a, b] = await Promise.all([connectTo(server), connectTo(server)]);
      const heard: [string, string | undefined][] = [];
      b.subscribe("orr.test.>", ({ data, reply }) => heard.push([text(data), reply]));
      await b.flush();
      const expected: [string, string | undefined][] = [];
      const say = (message: string, reply?: string) => {
        expected.push([message, reply]);
        return message;
      };
      a.publish("orr.test.a", say("one"));
      a.publish("orr.test.b", say("two", "_INBOX.x.1"), { reply: "_INBOX.x.1" });
      a.publish("orr.test.a", utf8(say("bytes")));
      a.publish("orr.test.a", say("grüß 🙂"), {});
      a.publish("orr.test.b", say("behind it\r\nPUB orr.test.a 1\r\nx"));
      a.publish("orr.test.c", say("bundled"), { bundle: true });
      a.publish("orr.test.c", say("bundled tüü"), { bundle: true });
      for (let n = 0; n < 500; n++) a.publish("orr.test.a", say(`${n} ${"x".repeat(n)}`));
      a.publish("orr.test.a", say("y".repeat(20_000)));
      await a.flush();
      await eventually(clock, "all arrived", () => heard.length === expected.length);
      expect(heard).toEqual(expected);
      expect(codeOf(() => a.publish("orr.test.a", "x", { reply: "a 1\r\nPUB" }))).toBe("malformed");
      await Promise.all([a.close(), b.close()]);
    });
  });
}
