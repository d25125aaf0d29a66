import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { fmtCreds } from "@nats-io/jwt";
import { createUser } from "@nats-io/nkeys";
import { connect } from "@nats-io/transport-node";
import type { Failure } from "../../protocol/failure.ts";
import { mintSysUser, type RegistryTrust, seedOf, systemRequests } from "../../runtime/identity/index.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { collectingLogger, SERVERS } from "../../runtime/transport/nats/test-support.ts";
import { alice, bob, mallory, metagraphOf, NETUID, OPERATOR_TOKEN } from "../../test/support/registry.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../../test/support/trusted-server.ts";
import { type EnrolOptions, enrol } from "./client.ts";
import { natsCredentials } from "./credentials.ts";
import { Enrolment } from "./enrolment.ts";
import { registryApp } from "./http.ts";
import type { EnrolmentLimits } from "./limits.ts";

const clock = createSystemClock();
const rng = createSystemRng();
const log = collectingLogger();

async function trustOf({ keys, server }: TrustedServer): Promise<RegistryTrust> {
  const user = createUser();
  const jwt = await mintSysUser(keys, { kind: "revoker", nkeyPublic: user.getPublicKey() });
  return {
    net: TEST_NET,
    servers: [server.url],
    account: keys.public.getPublicKey(),
    minerSigningSeed: seedOf(keys.signing.miner),
    revocation: {
      operatorSigningSeed: seedOf(keys.operatorSigning),
      sysCreds: new TextDecoder().decode(fmtCreds(jwt, user)),
    },
    operatorToken: OPERATOR_TOKEN,
  };
}

/** The registry on a real port before a real server, and what a miner needs to enrol at it. */
async function startRegistry(trusted: TrustedServer, limits: Partial<EnrolmentLimits> = {}) {
  const trust = await trustOf(trusted);
  const system = systemRequests({ servers: trust.servers, creds: trust.revocation?.sysCreds ?? "" });
  const enrolment = new Enrolment({
    net: TEST_NET,
    netuid: NETUID,
    servers: trust.servers,
    chain: { metagraph: async () => metagraphOf([alice.hotkey, bob.hotkey]) },
    clock,
    rng,
    log,
    store: createMemoryStore(),
    credentials: natsCredentials({ trust, clock, system }),
    limits,
  });
  const app = registryApp({ enrolment, clock, log, operatorToken: OPERATOR_TOKEN });
  app.listen({ port: 0, hostname: "127.0.0.1" });
  const url = `http://127.0.0.1:${app.server?.port}`;
  const ending = new AbortController();
  const minerOptions = (changes: Partial<EnrolOptions> = {}): EnrolOptions => ({
    url,
    netuid: NETUID,
    signer: alice,
    nkey: createUser(),
    http: fetch,
    clock,
    rng,
    log,
    signal: ending.signal,
    ...changes,
  });
  const revoke = (hotkey: string, ban: boolean) =>
    fetch(`${url}/v1/revoke`, {
      method: "POST",
      body: JSON.stringify({ hotkey, ban }),
      headers: { authorization: `Bearer ${OPERATOR_TOKEN}` },
    });
  const stop = async () => {
    ending.abort();
    await Promise.all([app.stop(true), system.close()]);
  };
  return { minerOptions, revoke, stop };
}

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`the registry before a real server, ${which}`, () => {
    let trusted: TrustedServer;
    beforeAll(async () => {
      trusted = await startTrustedServer(binary);
    });
    afterAll(() => trusted?.[Symbol.asyncDispose]());

    test("a revoked miner loses its connection within five seconds and, banned, does not come back", async () => {
      const registry = await startRegistry(trusted);
      const miner = await enrol(registry.minerOptions());
      const other = await enrol(registry.minerOptions({ signer: bob }));
      expect(miner.uid).toBe(0);
      const nc = await connect({
        servers: [...miner.servers],
        ...miner.identity,
        maxReconnectAttempts: 3,
        reconnectTimeWait: 50,
      });
      const bystander = await connect({ servers: [...other.servers], ...other.identity });
      const answer = await registry.revoke(alice.hotkey, true);
      expect(await answer.json()).toMatchObject({ revoked: 1, disconnected: true, banned: true });
      const closed = nc.closed().then(() => "closed");
      expect(await Promise.race([closed, Bun.sleep(5_000).then(() => "still there")])).toBe("closed");
      expect(bystander.isClosed()).toBe(false);
      await expect(enrol(registry.minerOptions())).rejects.toMatchObject({ code: "refused" });
      await bystander.close();
      await registry.stop();
    });

    test("a miner stays connected past its first token, because it renews", async () => {
      const registry = await startRegistry(trusted, {
        tokenMs: 3_000,
        perHotkey: { burst: 100, perMs: 100 },
      });
      const miner = await enrol(registry.minerOptions());
      const nc = await connect({ servers: [...miner.servers], ...miner.identity, reconnectTimeWait: 50 });
      let reconnects = 0;
      for await (const { type } of nc.status()) if (type === "reconnect" && ++reconnects === 2) break;
      expect(nc.isClosed()).toBe(false);
      await nc.flush();
      await nc.close();
      await registry.stop();
    }, 15_000);

    test("a miner that is not registered gets one clear line", async () => {
      const registry = await startRegistry(trusted);
      const failure: Failure = await enrol(registry.minerOptions({ signer: mallory })).then(
        () => Promise.reject(new Error("it should have been refused")),
        (thrown: Failure) => thrown,
      );
      expect(failure.code).toBe("unauthorised");
      expect(failure.toLine()).toContain("Register it");
      await registry.stop();
    });
  });
}
