import { describe, expect, test } from "bun:test";
import { eventually, failureOf, text, utf8 } from "../../../test/contract/harness.ts";
import { NatsServer } from "../../launcher/nats-server.ts";
import type { TransportStatus } from "../transport.ts";
import { createJetStreamBlobs } from "./blobs.ts";
import { advisoryStream } from "./names.ts";
import { clock, collectingLogger, connectTo, type LogLine, SERVERS } from "./test-support.ts";

const USUAL = { concurrency: 8, ackWaitMs: 2_000, maxDeliver: 10 };
const SUBJECT = "orr.test.faults.v1.run";
const until = (what: string, condition: () => boolean | Promise<boolean>) =>
  eventually(clock, what, condition);

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`faults with ${which}`, () => {
    test("a server that dies while a blob is read fails the read, and the blob is there when it is back", async () => {
      await using server = await NatsServer.start({ binary });
      const blobs = createJetStreamBlobs(await connectTo(server));
      const bytes = new Uint8Array(32 * 1024 * 1024).map((_, at) => at % 251);
      const ref = await blobs.put(bytes);
      const reading = failureOf(blobs.get(ref));
      await clock.sleep(20);
      await server.kill();
      expect(await reading).toMatchObject({ code: "unavailable", retryable: true });
      // At once: not after the five seconds that an answer may take.
      expect(await failureOf(blobs.get(ref))).toMatchObject({ code: "unavailable", retryable: true });
      await server.restart();
      await until("the blob is read", async () => {
        const read = await blobs.get(ref).catch(() => undefined);
        return read !== undefined && Buffer.compare(read, bytes) === 0;
      });
    }, 60_000);

    test("a killed server fails what was asked as unavailable, and everything works again when it is back", async () => {
      await using server = await NatsServer.start({ binary });
      const lines: LogLine[] = [];
      const a = await connectTo(server, { log: collectingLogger(lines) });
      const b = await connectTo(server);
      const seen: TransportStatus["type"][] = [];
      a.onStatus(({ type }) => seen.push(type));
      let silent = true;
      b.subscribe("orr.test.echo", ({ reply, data }) => void (silent || b.publish(reply!, data)));
      await b.flush();
      const asked = failureOf(a.request("orr.test.echo", utf8("q"), { timeoutMs: 30_000 }));
      await a.flush();
      await server.kill();
      expect(await asked).toMatchObject({ code: "unavailable", retryable: true });
      silent = false;
      await until("the loss was told", () => seen.includes("disconnected"));
      const early = a.request("orr.test.echo", utf8("early"), { timeoutMs: 20_000 });
      await server.restart();
      // Asked while there was no server: it waited for one. The other side may have come back later than we.
      expect(["early", "unavailable"]).toContain(
        await early.then(({ data }) => text(data)).catch((failure) => failure.code),
      );
      await until("the question is answered again", async () => {
        const answer = await a.request("orr.test.echo", utf8("q"), { timeoutMs: 500 }).catch(() => undefined);
        return answer !== undefined && text(answer.data) === "q";
      });
      expect(seen).toContain("disconnected");
      expect(seen.at(-1)).toBe("connected");
      expect(lines.filter(({ message }) => message === "nats disconnected")).toHaveLength(1);
      await Promise.all([a.close(), b.close()]);
    }, 30_000);

    test("two kills of the server under load lose no job that was acknowledged", async () => {
      await using server = await NatsServer.start({ binary });
      const [producer, worker] = await Promise.all([connectTo(server), connectTo(server)]);
      const done = new Map<string, number>();
      await worker.jobs.consume(SUBJECT, USUAL, async ({ id }) => {
        await clock.sleep(2);
        done.set(id, (done.get(id) ?? 0) + 1);
      });
      const stored: string[] = [];
      const produce = async (from: number, count: number): Promise<void> => {
        for (let n = from; n < from + count; n++) {
          const id = `job-${n}`;
          await producer.jobs.enqueue(SUBJECT, utf8(id), { id });
          stored.push(id);
        }
      };
      const load = Promise.all([produce(0, 300), produce(1_000, 300), produce(2_000, 300)]);
      for (const killAt of [200, 500]) {
        await until(`${killAt} jobs were stored`, () => stored.length >= killAt);
        await server.restart({ signal: "SIGKILL" });
      }
      await load;
      await until("every stored job was handled", () => stored.every((id) => done.has(id)));
      expect(stored).toHaveLength(900);
      const nothingIsLeft = async () => {
        const { waiting, inFlight } = await producer.jobs.depth(SUBJECT);
        return waiting + inFlight === 0;
      };
      // Where an acknowledgement died with it, nats-server 2.9 may take twenty seconds to give the job out again.
      await eventually(clock, "nothing is left", nothingIsLeft, 60_000);
      await Promise.all([producer.close(), worker.close()]);
    }, 120_000);

    test("a job that every worker died on becomes a dead letter although nobody heard the server give it up", async () => {
      await using server = await NatsServer.start({ binary });
      const victim = await connectTo(server);
      const once = { concurrency: 1, ackWaitMs: 300, maxDeliver: 1 };
      let taken = false;
      await victim.jobs.consume(SUBJECT, once, () => {
        taken = true;
        return new Promise(() => {});
      });
      await victim.jobs.enqueue(SUBJECT, utf8("poison"), { id: "poison-1" });
      await until("it was taken", () => taken);
      victim.jobs.close();
      await victim.context.nc.close();
      // Only somebody who asks for work makes the server notice; this one is no Orrery node and keeps nothing.
      const stranger = await connectTo(server);
      const jsm = await stranger.context.jsm();
      const advisories = async () => (await jsm.streams.info(advisoryStream("test"))).state.messages;
      const pulling = await stranger.context.js.consumers.get("ORR_test_faults", "v1=run");
      await until("the advisory is kept", async () => {
        await pulling.next({ expires: 1_000 });
        return (await advisories()) === 1;
      });
      expect(await stranger.jobs.dead.get("poison-1")).toBeUndefined();
      await stranger.close();
      const node = await connectTo(server);
      await node.jobs.consume(SUBJECT, once, async () => {});
      await until("it is a dead letter", async () => (await node.jobs.dead.get("poison-1")) !== undefined);
      const letter = await node.jobs.dead.get("poison-1");
      expect(letter).toMatchObject({ reason: "max-deliveries", subject: SUBJECT, deliveries: 1 });
      expect(text(letter!.data)).toBe("poison");
      expect(await node.jobs.depth(SUBJECT)).toEqual({ waiting: 0, inFlight: 0 });
      await node.close();
    }, 30_000);

    test("a process too busy to read is dropped by the server, says so, and goes on", async () => {
      await using server = await NatsServer.start({
        binary,
        config: 'max_pending: 2097152\nwrite_deadline: "200ms"',
      });
      const [slow, fast] = await Promise.all([connectTo(server), connectTo(server)]);
      const seen: TransportStatus["type"][] = [];
      slow.onStatus(({ type }) => seen.push(type));
      let got = 0;
      slow.subscribe("orr.test.flood", () => {
        if (got++ > 0) return;
        const end = Bun.nanoseconds() + 2.5e9;
        while (Bun.nanoseconds() < end); // the handler that must not block, blocks
      });
      await slow.flush();
      // The flood comes from another process: this one is about to stand still.
      const flood = Bun.spawn([process.execPath, `${import.meta.dir}/flood.fixture.ts`, server.url], {
        stdout: "inherit",
        stderr: "inherit",
      });
      await until("the slow consumer was told", () => seen.includes("slow-consumer"));
      await until(
        "it is connected again",
        () => seen.lastIndexOf("connected") > seen.indexOf("disconnected"),
      );
      await flood.exited;
      const before = got;
      await until("messages arrive again", async () => {
        fast.publish("orr.test.flood", utf8("x"));
        await fast.flush();
        return got > before;
      });
      await Promise.all([slow.close(), fast.close()]);
    }, 30_000);

    test("wrong credentials are one clear failure, without the secret", async () => {
      await using server = await NatsServer.start({
        binary,
        config: "authorization { user: orrery, password: right }",
      });
      const servers = [server.url.replace("nats://", "nats://orrery:hunter2@")];
      const failure = await failureOf(connectTo(server, { servers }));
      expect(failure).toMatchObject({ code: "unauthorised", retryable: false });
      expect(failure.hint).toContain("credentials");
      expect(JSON.stringify(failure.toWire())).not.toContain("hunter2");
    });

    test("nobody at the address is unavailable, with what to check", async () => {
      const server = await NatsServer.start({ binary, jetstream: false });
      const { url } = server;
      await server.stop();
      const failure = await failureOf(connectTo(server, { servers: [url] }));
      expect(failure).toMatchObject({ code: "unavailable", retryable: true });
      expect(failure.hint).toContain("address");
    });

    test("a subject that the server forbids fails the question at once as unauthorised", async () => {
      const config = `authorization { users: [{ user: m, password: p, permissions: {
        publish: { deny: "orr.test.secret" }, subscribe: ["_INBOX.7.>"] } }] }`;
      await using server = await NatsServer.start({ binary, config });
      const servers = [server.url.replace("nats://", "nats://m:p@")];
      const miner = await connectTo(server, { servers, inboxPrefix: "_INBOX.7" });
      const asked = miner.request("orr.test.secret", utf8("?"), { timeoutMs: 20_000 });
      expect(await failureOf(asked)).toMatchObject({ code: "unauthorised", retryable: false });
      const seen: string[] = [];
      miner.onStatus(({ type, detail }) => seen.push(`${type}: ${detail}`));
      miner.subscribe("orr.test.>", () => {});
      await until("the refused subscription was told", () =>
        seen.some((line) => line.includes("orr.test.>")),
      );
      await miner.close();
    });

    test("the server's largest message is ours, and one byte more is refused before it is sent", async () => {
      await using server = await NatsServer.start({ binary, maxPayload: 32_768 });
      const a = await connectTo(server);
      expect(a.maxPayload).toBe(32_768);
      expect(
        await failureOf(a.request("orr.test.x", new Uint8Array(32_769), { timeoutMs: 100 })),
      ).toMatchObject({
        code: "too-large",
      });
      expect(await a.ping()).toBeGreaterThan(0); // the server did not have to drop us
      await a.close();
    });

    test("a server without JetStream carries messages and says what jobs need", async () => {
      await using server = await NatsServer.start({ binary, jetstream: false });
      const a = await connectTo(server);
      expect(await failureOf(a.jobs.enqueue(SUBJECT, utf8("x"), { id: "1" }))).toMatchObject({
        code: "config",
      });
      expect(await a.ping()).toBeGreaterThan(0);
      await a.close();
    });

    test("a consumer goes on when an operator has deleted its stream", async () => {
      await using server = await NatsServer.start({ binary });
      const a = await connectTo(server);
      const got: string[] = [];
      await a.jobs.consume(SUBJECT, USUAL, async ({ id }) => void got.push(id));
      const jsm = await a.context.jsm();
      await jsm.streams.delete("ORR_test_faults");
      await a.jobs.enqueue(SUBJECT, utf8("x"), { id: "after" });
      await until("the job was handled", () => got.includes("after"));
      await a.close();
    }, 30_000);

    test("a lease survives the restart of the server, with its revision", async () => {
      await using server = await NatsServer.start({ binary });
      const a = await connectTo(server);
      const first = await a.leases.create("weights.1", utf8("a"));
      await server.restart({ signal: "SIGKILL" });
      await until("the lease is read", async () => {
        const entry = await a.leases.get("weights.1").catch(() => undefined);
        return entry?.revision === first;
      });
      expect(await a.leases.update("weights.1", utf8("b"), first)).toBeGreaterThan(first);
      await a.close();
    }, 30_000);

    test("jobs go on after the leader of a cluster of three was killed", async () => {
      const servers = await NatsServer.cluster(3, { binary });
      const a = await connectTo(servers, { replicas: 3 });
      try {
        const done = new Set<string>();
        await a.jobs.consume(SUBJECT, USUAL, async ({ id }) => void done.add(id));
        for (let n = 0; n < 20; n++) await a.jobs.enqueue(SUBJECT, utf8("x"), { id: `before-${n}` });
        await until("all were handled", () => done.size === 20);
        const jsm = await a.context.jsm();
        const leader = (await jsm.streams.info("ORR_test_faults")).cluster?.leader;
        await servers.find(({ name }) => name === leader)!.kill();
        const killed = clock.monotonic();
        await a.jobs.enqueue(SUBJECT, utf8("x"), { id: "after" });
        expect(clock.monotonic() - killed).toBeLessThan(15_000);
        await until("the job after the kill was handled", () => done.has("after"));
      } finally {
        await a.close();
        await Promise.all(servers.map((server) => server.stop()));
      }
    }, 60_000);

    test("a blob of 24 MiB comes back whole after a restart", async () => {
      await using server = await NatsServer.start({ binary });
      const a = await connectTo(server);
      const blobs = createJetStreamBlobs(a);
      const bytes = new Uint8Array(24 * 1024 * 1024).map((_, index) => index % 253);
      const ref = await blobs.put(bytes);
      await server.restart();
      let read: Uint8Array | undefined;
      await until("the blob is read", async () => {
        read = await blobs.get(ref).catch(() => undefined);
        return read !== undefined;
      });
      expect(Bun.hash(read!)).toBe(Bun.hash(bytes));
      await a.close();
    }, 60_000);
  });
}
