import { describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import {
  alice,
  bob,
  mallory,
  metagraphOf,
  OPERATOR_TOKEN,
  testRegistry,
} from "../../test/support/registry.ts";

const operator = { authorization: `Bearer ${OPERATOR_TOKEN}` };
const eager = { perAddress: { burst: 10_000, perMs: 1 }, perHotkey: { burst: 1_000, perMs: 1 } };

describe("enrolment", () => {
  test("gives a registered hotkey the uid that the chain knows it by", async () => {
    const registry = testRegistry();
    const { status, body } = await registry.enrol(bob);
    expect(status).toBe(200);
    expect(body).toMatchObject({ uid: 1, net: "t", inboxPrefix: "_INBOX.1", jwt: "" });
    expect(body.expiresAt).toBe(registry.clock.now() + 3_600_000);
  });

  test("refuses a replayed enrolment", async () => {
    const registry = testRegistry();
    const nonce = await registry.nonce();
    const nkey = createUser();
    expect((await registry.enrol(alice, { nonce, nkey })).status).toBe(200);
    expect((await registry.enrol(alice, { nonce, nkey })).body.code).toBe("conflict");
  });

  test("lets only one of two simultaneous replays through", async () => {
    const registry = testRegistry();
    const nonce = await registry.nonce();
    const nkey = createUser();
    const both = await Promise.all([
      registry.enrol(alice, { nonce, nkey }),
      registry.enrol(alice, { nonce, nkey }),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 409]);
  });

  test("refuses an expired challenge and tells the server's time", async () => {
    const registry = testRegistry();
    const nonce = await registry.nonce();
    await registry.clock.advance(60_001);
    const { status, body } = await registry.enrol(alice, { nonce });
    expect(status).toBe(410);
    expect(body).toMatchObject({ code: "expired", meta: { serverTime: registry.clock.now() } });
  });

  test("refuses another netuid before it looks at anything else", async () => {
    const { status, body } = await testRegistry().enrol(alice, { netuid: 3 });
    expect(status).toBe(403);
    expect(body).toMatchObject({ code: "refused", meta: { asked: 3, served: 12 } });
  });

  test("refuses a hotkey that is not registered, with what to do about it", async () => {
    const { status, body } = await testRegistry().enrol(mallory);
    expect(status).toBe(401);
    expect(String(body.hint)).toContain("Register it");
  });

  test("refuses a signature by another hotkey, or over another nkey", async () => {
    const registry = testRegistry();
    expect((await registry.enrol(alice, { signedBy: mallory })).status).toBe(401);
    expect((await registry.enrol(alice, { signedNkey: createUser() })).status).toBe(401);
  });

  test("a forged enrolment neither uses up the nonce nor the victim's rate", async () => {
    const registry = testRegistry({ limits: { perHotkey: { burst: 1, perMs: 60_000 } } });
    const nonce = await registry.nonce();
    for (let count = 0; count < 5; count++) {
      expect((await registry.enrol(alice, { nonce, signedBy: mallory })).status).toBe(401);
    }
    expect((await registry.enrol(alice, { nonce })).status).toBe(200);
  });

  test("limits enrolments per hotkey and requests per address, and says when to come back", async () => {
    const registry = testRegistry({ limits: { ...eager, perHotkey: { burst: 2, perMs: 30_000 } } });
    const nkey = createUser();
    expect((await registry.enrol(alice, { nkey })).status).toBe(200);
    expect((await registry.enrol(alice, { nkey })).status).toBe(200);
    const third = await registry.enrol(alice, { nkey });
    expect(third.status).toBe(429);
    expect(third.headers.get("retry-after")).toBe("30");
    expect((await registry.enrol(bob)).status).toBe(200);

    const strict = testRegistry({ limits: { perAddress: { burst: 2, perMs: 1_000 } } });
    const statuses = async (address: string) =>
      (await strict.post("/v1/enrol/challenge", {}, { "x-address": address })).status;
    expect([await statuses("1.2.3.4"), await statuses("1.2.3.4"), await statuses("1.2.3.4")]).toEqual([
      200, 200, 429,
    ]);
    expect(await statuses("1.2.3.5")).toBe(200);
    // One /64 is one address.
    expect([await statuses("2001:db8:0:1::1"), await statuses("2001:db8:0:1::2")]).toEqual([200, 200]);
    expect(await statuses("2001:db8:0:1::3")).toBe(429);
  });

  test("refuses oversized and malformed bodies without reading on", async () => {
    const registry = testRegistry({ limits: eager });
    expect((await registry.post("/v1/enrol", "x".repeat(5_000))).status).toBe(413);
    for (const body of ["", "{", "[]", "null", "{}", '{"hotkey":1}', "\u0000"]) {
      const { status, body: answer } = await registry.post("/v1/enrol", body);
      expect(status).toBe(400);
      expect(answer.code).toBe("malformed");
    }
  });

  test("answers any garbage with a failure of the union, never with a defect", async () => {
    const registry = testRegistry({ limits: eager });
    const paths = fc.constantFrom("/v1/enrol", "/v1/renew", "/v1/revoke", "/v1/pardon");
    await fc.assert(
      fc.asyncProperty(paths, fc.oneof(fc.json(), fc.string()), async (path, body) => {
        const answer = await registry.post(path, body);
        expect(["malformed", "unauthorised"]).toContain(answer.body.code ?? "");
      }),
    );
  });

  test("one nkey is one hotkey's", async () => {
    const registry = testRegistry();
    const nkey = createUser();
    await registry.enrol(alice, { nkey });
    expect((await registry.enrol(bob, { nkey })).body.code).toBe("conflict");
  });

  test("a hotkey holds few nkeys at once", async () => {
    const registry = testRegistry({ limits: { ...eager, nkeysPerHotkey: 2 } });
    expect((await registry.enrol(alice)).status).toBe(200);
    expect((await registry.enrol(alice)).status).toBe(200);
    expect((await registry.enrol(alice)).status).toBe(429);
    await registry.clock.advance(3_600_000);
    expect((await registry.enrol(alice)).status).toBe(200);
  });

  test("asks the chain once for many, and again after a failure", async () => {
    let asked = 0;
    let up = false;
    const chain = {
      metagraph: async () => {
        asked++;
        if (!up) throw new Failure("unavailable", "the chain is away");
        return metagraphOf([alice.hotkey, bob.hotkey]);
      },
    };
    const registry = testRegistry({ chain });
    expect((await registry.enrol(alice)).status).toBe(503);
    up = true;
    expect((await registry.enrol(alice)).status).toBe(200);
    expect((await registry.enrol(bob)).status).toBe(200);
    expect(asked).toBe(2);
  });
});

describe("renewal", () => {
  test("needs the nkey's signature only, and gives a later expiry", async () => {
    const registry = testRegistry();
    const nkey = createUser();
    const first = await registry.enrol(alice, { nkey });
    await registry.clock.advance(2_400_000);
    const second = await registry.renew(nkey);
    expect(second.status).toBe(200);
    expect(Number(second.body.expiresAt) - Number(first.body.expiresAt)).toBe(2_400_000);
    expect((await registry.renew(nkey, { signedBy: createUser() })).status).toBe(401);
  });

  test("is refused to strangers, after expiry, to the de-registered and with a used nonce", async () => {
    const registry = testRegistry();
    const nkey = createUser();
    expect((await registry.renew(createUser())).status).toBe(404);
    await registry.enrol(alice, { nkey });
    const nonce = await registry.nonce();
    expect((await registry.renew(nkey, { nonce })).status).toBe(200);
    expect((await registry.renew(nkey, { nonce })).status).toBe(409);
    registry.registered[0] = mallory.hotkey;
    await registry.clock.advance(6_001);
    expect((await registry.renew(nkey)).status).toBe(401);
    registry.registered[0] = alice.hotkey;
    await registry.clock.advance(3_600_000);
    expect((await registry.renew(nkey)).status).toBe(404);
  });

  test("survives a restart of the registry", async () => {
    const store = createMemoryStore();
    const nkey = createUser();
    const before = testRegistry({ store });
    await before.enrol(alice, { nkey });
    const after = testRegistry({ store, clock: before.clock });
    expect((await after.renew(nkey)).status).toBe(200);
  });
});

describe("revocation", () => {
  const recording = () => {
    const revoked: string[] = [];
    const credentials = {
      mint: async () => "token",
      revoke: async (nkeys: readonly string[]) => void revoked.push(...nkeys),
    };
    return { revoked, credentials };
  };

  test("is the operator's alone", async () => {
    const registry = testRegistry();
    const body = { hotkey: alice.hotkey };
    expect((await registry.post("/v1/revoke", body)).status).toBe(401);
    expect((await registry.post("/v1/revoke", body, { authorization: "Bearer guess" })).status).toBe(401);
    expect((await registry.post("/v1/revoke", body, operator)).status).toBe(200);
  });

  test("ends every credential of the hotkey, and a ban keeps it out until it is pardoned", async () => {
    const { revoked, credentials } = recording();
    const store = createMemoryStore();
    const registry = testRegistry({ credentials, store, limits: eager });
    const [one, two, other] = [createUser(), createUser(), createUser()];
    await registry.enrol(alice, { nkey: one });
    await registry.enrol(alice, { nkey: two });
    await registry.enrol(bob, { nkey: other });
    const body = { hotkey: alice.hotkey, ban: true, reason: "copied answers" };
    const answer = await registry.post("/v1/revoke", body, operator);
    expect(answer.body).toMatchObject({ revoked: 2, disconnected: true, banned: true });
    expect(revoked.sort()).toEqual([one.getPublicKey(), two.getPublicKey()].sort());
    expect((await registry.renew(one)).status).toBe(404);
    expect((await registry.enrol(alice)).body).toMatchObject({
      code: "refused",
      meta: { reason: "copied answers" },
    });
    const restarted = testRegistry({ store, clock: registry.clock });
    expect((await restarted.enrol(alice)).body.code).toBe("refused");
    await restarted.post("/v1/pardon", { hotkey: alice.hotkey }, operator);
    expect((await restarted.enrol(alice)).status).toBe(200);
  });

  test("without the key to change accounts says until when the connection lasts", async () => {
    const registry = testRegistry({ credentials: { mint: async () => "token" } });
    const { body } = await registry.enrol(alice);
    const answer = await registry.post("/v1/revoke", { hotkey: alice.hotkey }, operator);
    expect(answer.body).toMatchObject({ revoked: 1, disconnected: false, until: body.expiresAt });
  });

  test("a revocation that the servers did not take is tried again by the next one", async () => {
    let up = false;
    const revoke = async () => {
      if (!up) throw new Failure("unavailable", "no server");
    };
    const registry = testRegistry({ credentials: { mint: async () => "token", revoke } });
    await registry.enrol(alice);
    expect((await registry.post("/v1/revoke", { hotkey: alice.hotkey }, operator)).status).toBe(503);
    up = true;
    expect((await registry.post("/v1/revoke", { hotkey: alice.hotkey }, operator)).body).toMatchObject({
      revoked: 1,
    });
  });

  test("a new holder of a uid ends the credentials of the old one", async () => {
    const { revoked, credentials } = recording();
    const registry = testRegistry({ credentials });
    const nkey = createUser();
    await registry.enrol(alice, { nkey });
    registry.registered[0] = mallory.hotkey;
    await registry.clock.advance(6_001);
    expect((await registry.enrol(mallory)).body.uid).toBe(0);
    expect(revoked).toEqual([nkey.getPublicKey()]);
  });

  test("the sweep ends those who left the metagraph, and nobody else", async () => {
    const { revoked, credentials } = recording();
    const registry = testRegistry({ credentials });
    const [gone, stays] = [createUser(), createUser()];
    await registry.enrol(alice, { nkey: gone });
    await registry.enrol(bob, { nkey: stays });
    registry.registered[0] = mallory.hotkey;
    await registry.clock.advance(6_001);
    expect(await registry.enrolment.sweep()).toBe(1);
    expect(revoked).toEqual([gone.getPublicKey()]);
    expect(await registry.enrolment.sweep()).toBe(0);
  });
});

test("no token, nonce or signature appears in the log", async () => {
  const credentials = { mint: async () => "canary-token", revoke: async () => {} };
  const registry = testRegistry({ credentials });
  const nonce = await registry.nonce();
  await registry.enrol(alice, { nonce });
  await registry.post("/v1/revoke", { hotkey: alice.hotkey }, operator);
  const text = JSON.stringify(registry.lines);
  expect(text).toContain(alice.hotkey);
  for (const secret of ["canary-token", nonce, OPERATOR_TOKEN]) expect(text).not.toContain(secret);
});
