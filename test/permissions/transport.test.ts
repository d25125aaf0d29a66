import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { Failure } from "../../protocol/failure.ts";
import type { Role } from "../../protocol/role.ts";
import type { Service } from "../../protocol/service.ts";
import { SERVICES } from "../../protocol/services/index.ts";
import { methodSubject, resultSubject } from "../../protocol/subject.ts";
import { CORE_USERS, type CoreUser, identityFromCreds } from "../../runtime/identity/index.ts";
import { createJetStreamBlobs } from "../../runtime/transport/nats/blobs.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";
import type { NatsTransport } from "../../runtime/transport/nats/nats-transport.ts";
import { clock, collectingLogger, rng, SERVERS } from "../../runtime/transport/nats/test-support.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../support/trusted-server.ts";

const bytes = (text: string) => new TextEncoder().encode(text);

/** A transport of one role, and everything the server refused it. */
async function connectAs(
  trusted: TrustedServer,
  kind: CoreUser,
): Promise<{ transport: NatsTransport; refused: string[] }> {
  const refused: string[] = [];
  const identity = await identityFromCreds(await trusted.coreCreds(kind));
  const transport = await connectNats({
    servers: [trusted.server.url],
    name: kind,
    net: TEST_NET,
    clock,
    rng,
    log: collectingLogger(),
    ...identity,
  });
  transport.onStatus(({ type, detail }) => type === "error" && refused.push(detail));
  return { transport, refused };
}

/** Job methods with the roles at their two ends. */
const jobs = SERVICES.flatMap((service: Service) =>
  Object.entries(service.methods)
    .filter(([, { kind }]) => kind === "job")
    .flatMap(([name, { calledBy }]) => ({
      service,
      name,
      from: calledBy[0] as CoreUser,
      to: service.servedBy[0] as CoreUser,
    })),
);

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`the NATS transport under its roles' permissions, ${which}`, () => {
    let trusted: TrustedServer;
    beforeAll(async () => {
      trusted = await startTrustedServer(binary);
    });
    afterAll(() => trusted?.[Symbol.asyncDispose]());

    for (const { service, name, from, to } of jobs) {
      test(`a job of ${service.name}.${name} travels from ${from} to ${to}, its result back, and a bad one is buried`, async () => {
        const [caller, server] = await Promise.all([connectAs(trusted, from), connectAs(trusted, to)]);
        const subject = methodSubject(TEST_NET, service, name);
        const results = resultSubject(TEST_NET, service, name, from as Role);
        const got: string[] = [];
        const options = { concurrency: 2, ackWaitMs: 5_000, maxDeliver: 2 };
        const done = Promise.withResolvers<void>();
        await server.transport.jobs.consume(subject, options, async ({ id }) => {
          if (id === "bad") throw new Error("a defect is terminal");
          await server.transport.jobs.enqueue(results, bytes("done"), { id: `${id}-result` });
        });
        await caller.transport.jobs.consume(results, options, async ({ data }) => {
          got.push(new TextDecoder().decode(data));
          done.resolve();
        });
        await caller.transport.jobs.enqueue(subject, bytes("bad"), { id: "bad" });
        await caller.transport.jobs.enqueue(subject, bytes("good"), { id: "good" });
        await done.promise;
        expect(got).toEqual(["done"]);
        while ((await server.transport.jobs.dead.get("bad")) === undefined) await Bun.sleep(10);
        expect(await server.transport.jobs.dead.list({ limit: 10 })).toHaveLength(1);
        await server.transport.jobs.dead.remove("bad");
        expect(await server.transport.jobs.depth(subject)).toEqual({ waiting: 0, inFlight: 0 });
        expect([...caller.refused, ...server.refused]).toEqual([]);
        await Promise.all([caller.transport.close(), server.transport.close()]);
      });
    }

    test("a job whose worker never settles is buried by whoever takes jobs", async () => {
      const [caller, server] = await Promise.all([
        connectAs(trusted, "validator"),
        connectAs(trusted, "sandbox"),
      ]);
      const { service, name } = jobs.find(({ to }) => to === "sandbox")!;
      const subject = methodSubject(TEST_NET, service, name);
      const options = { concurrency: 1, ackWaitMs: 5_000, maxDeliver: 1 };
      const consumer = await server.transport.jobs.consume(subject, options, async () => {
        throw new Failure("unavailable", "again", { retryAfterMs: 1 });
      });
      await caller.transport.jobs.enqueue(subject, bytes("x"), { id: "stuck" });
      while ((await server.transport.jobs.dead.get("stuck")) === undefined) await Bun.sleep(10);
      await consumer.drain({ deadline: Date.now() + 1_000 });
      expect(server.refused).toEqual([]);
      await Promise.all([caller.transport.close(), server.transport.close()]);
    });

    for (const kind of CORE_USERS) {
      test(`${kind} holds leases and keeps blobs`, async () => {
        const { transport, refused } = await connectAs(trusted, kind);
        const key = `lease.${kind}`;
        const seen = Promise.withResolvers<number>();
        const revision = await transport.leases.create(key, bytes("a"));
        const watch = transport.leases.watch(key, (entry) => {
          if (entry !== undefined && entry.revision > revision) seen.resolve(entry.revision);
        });
        const next = await transport.leases.update(key, bytes("b"), revision);
        expect(await seen.promise).toBe(next);
        watch.unsubscribe();
        expect(await transport.leases.keys("lease.")).toContain(key);
        await transport.leases.delete(key, next);
        expect(await transport.leases.get(key)).toBeUndefined();
        const blobs = createJetStreamBlobs(transport);
        const ref = await blobs.put(`${kind} ${"x".repeat(300_000)}`);
        expect((await blobs.get(ref)).byteLength).toBe(ref.size);
        await blobs.delete(ref);
        expect(await blobs.has(ref)).toBe(false);
        expect(refused).toEqual([]);
        await transport.close();
      });
    }
  });
}
