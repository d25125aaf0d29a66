import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { jwtAuthenticator, type NatsConnection } from "@nats-io/transport-node";
import { Blobs } from "../../protocol/services/blobs.ts";
import { Miner } from "../../protocol/services/miner.ts";
import { Sandbox } from "../../protocol/services/sandbox.ts";
import { controlSubject, methodSubject } from "../../protocol/subject.ts";
import { currentNatsServer, debianNatsServer } from "../../test/provision/nats.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../../test/support/trusted-server.ts";
import { Revoker } from "./index.ts";

const found = { "Debian's": await debianNatsServer(), current: await currentNatsServer() };
const answer = (uid: string) => methodSubject(TEST_NET, Miner, "answer", uid);
const answerControl = (uid: string, stream = "*") => controlSubject(TEST_NET, Miner, "answer", uid, stream);
const read = (validator: string) => methodSubject(TEST_NET, Blobs, "read", validator);
const readControl = (validator: string, stream = "*") =>
  controlSubject(TEST_NET, Blobs, "read", validator, stream);

const FRAMES = 4_000;
const WINDOW = 64;

/** Serves a stream under credit: all frames go to the request's reply, credit comes on the control subject. */
function serveStream(nc: NatsConnection, subject: string, control: string): void {
  let credit = WINDOW;
  let wake: (() => void) | undefined;
  nc.subscribe(control, {
    callback: (_error, message) => {
      credit += Number(message.string());
      wake?.();
    },
  });
  const run = async (reply: string) => {
    for (let at = 0; at < FRAMES; at++) {
      if (credit === 0) await new Promise<void>((resolve) => (wake = resolve));
      credit--;
      nc.publish(reply, new Uint8Array(2_048).fill(at % 251));
    }
    nc.publish(reply, "end");
  };
  nc.subscribe(subject, { callback: (_error, message) => void run(message.reply ?? "") });
}

/** Reads a stream, granting credit by half windows; resolves with the frames in order of arrival. */
async function readStream(
  nc: NatsConnection,
  inbox: string,
  subject: string,
  control: string,
): Promise<number[]> {
  const frames: number[] = [];
  const replies = nc.subscribe(inbox);
  nc.publish(subject, "please", { reply: inbox });
  for await (const message of replies) {
    if (message.data.length === 3) break;
    frames.push(message.data[0]!);
    if (frames.length % (WINDOW / 2) === 0) nc.publish(control, String(WINDOW / 2));
  }
  return frames;
}

const wholeStream = Array.from({ length: FRAMES }, (_, at) => at % 251);

/** Whether the connection gets its own message back within the flush that follows. */
async function loops(
  publisher: NatsConnection,
  subscriber: NatsConnection,
  subject: string,
): Promise<boolean> {
  let arrived = false;
  const subscription = subscriber.subscribe(subject, {
    callback: (error) => {
      if (error === null) arrived = true;
    },
  });
  await subscriber.flush();
  publisher.publish(subject, "hello");
  await publisher.flush();
  await subscriber.flush();
  subscription.unsubscribe();
  return arrived;
}

for (const [which, tool] of Object.entries(found)) {
  describe.skipIf(tool.missing !== undefined)(`identity on the ${which} nats-server`, () => {
    let trusted: TrustedServer;
    beforeAll(async () => {
      trusted = await startTrustedServer(tool.path ?? "");
    });
    afterAll(() => trusted?.[Symbol.asyncDispose]());

    test("a miner answers a validator with thousands of frames across accounts, under credit", async () => {
      const [validator, miner] = await Promise.all([trusted.asCore("validator"), trusted.asMiner(17)]);
      serveStream(miner, answer("17"), answerControl("17"));
      await miner.flush();
      const frames = await readStream(
        validator,
        "_INBOX.validator.a.1",
        answer("17"),
        answerControl("17", "s1"),
      );
      expect(frames).toEqual(wholeStream);
      await Promise.all([validator.close(), miner.close()]);
    });

    test("a miner reads a blob from a validator across accounts, under credit", async () => {
      const [validator, miner] = await Promise.all([trusted.asCore("validator"), trusted.asMiner(17)]);
      serveStream(validator, read("3"), readControl("3"));
      await validator.flush();
      const frames = await readStream(miner, "_INBOX.17.a.1", read("3"), readControl("3", "s1"));
      expect(frames).toEqual(wholeStream);
      await Promise.all([validator.close(), miner.close()]);
    });

    test("a miner hears no other miner and nothing of the operator's", async () => {
      const [miner, other, admin] = await Promise.all([
        trusted.asMiner(1),
        trusted.asMiner(2),
        trusted.asCore("admin"),
      ]);
      const run = methodSubject(TEST_NET, Sandbox, "run");
      expect(await loops(admin, admin, run)).toBe(true);
      expect(await loops(admin, miner, run)).toBe(false);
      expect(await loops(other, miner, answer("2"))).toBe(false);
      expect(await loops(other, miner, "_INBOX.2.x")).toBe(false);
      expect(await loops(admin, miner, "_INBOX.1.x")).toBe(false);
      await Promise.all([miner.close(), other.close(), admin.close()]);
    });

    test("a miner may answer the caller's reply subject, but not make up another", async () => {
      const [validator, miner] = await Promise.all([trusted.asCore("validator"), trusted.asMiner(5)]);
      const subject = methodSubject(TEST_NET, Miner, "submission", "5");
      let reply = "";
      miner.subscribe(subject, {
        callback: (_error, message) => {
          reply = message.reply ?? "";
          message.respond("program");
        },
      });
      await miner.flush();
      const answered = await validator.request(subject, "", { timeout: 5_000 });
      expect(answered.string()).toBe("program");
      const errors: string[] = [];
      const watching = (async () => {
        for await (const status of miner.status())
          if (status.type === "error") errors.push(String(status.error));
      })();
      miner.publish(`${reply}x`, "forged");
      await miner.flush();
      await Promise.all([validator.close(), miner.close(), watching]);
      expect(errors.join()).toContain("Permissions Violation for Publish");
    });

    test("a revoked miner loses its connection within five seconds, and stays out after a server restart", async () => {
      const nkey = createUser();
      const [miner, bystander, system] = await Promise.all([
        trusted.asMiner(8, { nkey }),
        trusted.asMiner(9),
        trusted.asSys("revoker"),
      ]);
      const oldToken = await trusted.minerToken(8, nkey.getPublicKey());
      const revoker = new Revoker({
        system: {
          request: async (subject, data) =>
            (await system.request(subject, data, { timeout: 5_000 })).string(),
        },
        operatorSigning: trusted.keys.operatorSigning,
        account: trusted.keys.public.getPublicKey(),
        clock: { now: () => Date.now() },
      });
      const lost = miner.closed();
      await revoker.revoke([nkey.getPublicKey()]);
      const closedInTime = await Promise.race([lost.then(() => true), Bun.sleep(5_000).then(() => false)]);
      expect(closedInTime).toBe(true);
      expect(bystander.isClosed()).toBe(false);
      const back = (token: string) =>
        trusted.asMiner(8, {
          authenticator: jwtAuthenticator(token, nkey.getSeed()),
          inboxPrefix: "_INBOX.8",
        });
      await expect(back(oldToken)).rejects.toThrow(/authorization/i);
      await Promise.all([bystander.close(), system.close()]);
      await trusted.server.restart({ signal: "SIGTERM" });
      await expect(back(oldToken)).rejects.toThrow(/authorization/i);
    });

    test("a miner whose token is renewed lives through the old token's expiry", async () => {
      const nkey = createUser();
      let token = await trusted.minerToken(4, nkey.getPublicKey(), 2_000);
      const miner = await trusted.asMiner(4, {
        authenticator: jwtAuthenticator(() => token, nkey.getSeed()),
        reconnect: true,
        reconnectTimeWait: 50,
      });
      token = await trusted.minerToken(4, nkey.getPublicKey());
      for await (const status of miner.status()) if (status.type === "reconnect") break;
      expect(await loops(miner, miner, "_INBOX.4.x")).toBe(false); // may not publish to its inbox, but is connected
      expect(miner.isClosed()).toBe(false);
      await miner.close();
    });

    test("a miner whose token is not renewed is closed for good", async () => {
      const miner = await trusted.asMiner(4, { lifetimeMs: 1_500, reconnect: true, reconnectTimeWait: 50 });
      // Which error it is depends on whether the server's last words arrive before the end of the socket.
      expect(await miner.closed()).toBeInstanceOf(Error);
    });
  });
}
