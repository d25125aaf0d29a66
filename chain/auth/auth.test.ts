/** What holds for every protocol of signed requests, whoever speaks it. */
import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import type { Failure } from "../../protocol/failure.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { type ManualClock, manualClock } from "../../test/support/manual-clock.ts";
import { rejection } from "../../test/support/rejection.ts";
import { type Keypair, signerFromUri } from "../keys/index.ts";
import {
  type Caller,
  createNonceSource,
  createReplayCache,
  type ReplayCache,
  signAxonRequest,
  signBtAuth,
  signBtAuthV1,
  signEpistula,
  synapseBodyHash,
  verifyAxonRequest,
  verifyBtAuth,
  verifyBtAuthV1,
  verifyEpistula,
} from "./index.ts";

const RETENTION_MS = 400_000;
const text = (value: string) => new TextEncoder().encode(value);
const bodyHash = (body: Uint8Array) => synapseBodyHash([Buffer.from(body).toString("hex")]);

let alice: Keypair;
let bob: Keypair;
beforeAll(async () => {
  alice = await signerFromUri("//Alice");
  bob = await signerFromUri("//Bob");
});

/** One server, Bob, and what Alice needs to talk to it. */
interface World {
  clock: ManualClock;
  replay: ReplayCache;
  knows: (hotkey: string) => boolean;
  nonces: () => bigint;
  rng: ReturnType<typeof createSeededRng>;
}

const world = (changes: Partial<World> = {}): World => {
  const clock = manualClock();
  const rng = createSeededRng(7);
  return {
    clock,
    replay: createReplayCache({ clock, retentionMs: RETENTION_MS }),
    knows: () => true,
    nonces: createNonceSource({ clock, rng }),
    rng,
    ...changes,
  };
};

interface Protocol {
  name: string;
  /** Longest age that it accepts. */
  maxAgeMs: number;
  maxSkewMs: number;
  bindsReceiver: boolean;
  sign: (by: Keypair, to: string, body: Uint8Array, world: World) => Promise<Record<string, string>>;
  verify: (headers: Record<string, string>, body: Uint8Array, world: World) => Promise<Caller>;
}

const request = (body: Uint8Array) => ({ method: "POST", target: "/generate?stream=false", body });

const PROTOCOLS: Protocol[] = [
  {
    name: "btauth/1",
    maxAgeMs: 10_000,
    maxSkewMs: 2_000,
    bindsReceiver: true,
    sign: (keypair, receiver, body, { nonces }) =>
      signBtAuth(request(body), { keypair, receiver, nonce: nonces() }),
    verify: (headers, body, server) =>
      verifyBtAuth({ ...request(body), headers }, { ...server, receiver: bob.hotkey }),
  },
  {
    name: "Epistula 2",
    maxAgeMs: 8_000,
    maxSkewMs: 2_000,
    bindsReceiver: true,
    sign: (signer, receiver, body, { clock, rng }) => signEpistula(body, { signer, receiver, clock, rng }),
    verify: (headers, body, server) => verifyEpistula({ body, headers }, { ...server, receiver: bob.hotkey }),
  },
  {
    name: "BT-AUTH-V1",
    maxAgeMs: 300_000,
    maxSkewMs: 30_000,
    bindsReceiver: false,
    sign: (signer, _, body, { clock }) => signBtAuthV1(request(body), { signer, clock }),
    verify: (headers, body, server) => verifyBtAuthV1({ ...request(body), headers }, server),
  },
  {
    name: "axon headers of v10",
    maxAgeMs: 4_000 + 12_000,
    maxSkewMs: 4_000,
    bindsReceiver: true,
    sign: (signer, hotkey, body, { nonces }) =>
      signAxonRequest(
        {
          synapse: "Ping",
          timeoutSeconds: 12,
          nonce: nonces(),
          uuid: "5ab2a1a4-0000-4000-8000-000000000001",
          bodyHash: bodyHash(body),
          axon: { hotkey, ip: "203.0.113.9", port: 8091 },
          ip: "198.51.100.7",
        },
        { signer },
      ),
    verify: (headers, body, server) =>
      verifyAxonRequest({ headers, bodyHash: bodyHash(body) }, { ...server, receiver: bob.hotkey }),
  },
];

describe.each(PROTOCOLS)("$name", ({ sign, verify, maxAgeMs, maxSkewMs, bindsReceiver }) => {
  const body = text('{"prompt":"hello"}');
  const signed = (server: World, by = alice) => sign(by, bob.hotkey, body, server);
  const refused = async (verification: Promise<Caller>): Promise<Failure> => rejection(verification);

  test("accepts what it signs, of any body, and says who sent it and when", async () => {
    const server = world();
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 256 }), async (bytes) => {
        const headers = await sign(alice, bob.hotkey, bytes, server);
        const { hotkey, at } = await verify(headers, bytes, server);
        expect(hotkey).toBe(alice.hotkey);
        expect(at).toBe(server.clock.now());
      }),
      { numRuns: 20 },
    );
  });

  test("reads header names in any case, and signatures with and without 0x", async () => {
    const server = world();
    const headers = await signed(server);
    const shouting = Object.entries(headers).map(([key, value]) => [
      key.toUpperCase(),
      /^(0x)?[0-9a-f]{128}$/.test(value) ? value.replace(/^0x/, "").toUpperCase() : value,
    ]);
    expect((await verify(Object.fromEntries(shouting), body, server)).hotkey).toBe(alice.hotkey);
  });

  test("refuses another body", async () => {
    const server = world();
    const failure = await refused(verify(await signed(server), text('{"prompt":"hallo"}'), server));
    expect([failure.code, failure.meta?.reason]).toEqual(["unauthorised", "bad-signature"]);
  });

  test("refuses a sender's name on another's signature", async () => {
    const server = world();
    const headers = Object.entries(await signed(server)).map(([key, value]) => [
      key,
      value === alice.hotkey ? "5FLSigC9HGRKVhB9FiEo4Y3koPsNmBmLJbpXg2mp1hXcS59Y" : value,
    ]);
    const failure = await refused(verify(Object.fromEntries(headers), body, server));
    expect(failure.meta?.reason).toBe("bad-signature");
  });

  test("refuses the same request twice, and remembers only what was signed", async () => {
    const server = world();
    const headers = await signed(server);
    await refused(verify(headers, text("forged"), server));
    expect(server.replay.size).toBe(0);
    await verify(headers, body, server);
    const failure = await refused(verify(headers, body, server));
    expect([failure.code, failure.meta?.reason]).toEqual(["conflict", "replayed"]);
    expect(server.replay.size).toBe(1);
  });

  test("refuses strangers before it remembers anything of them", async () => {
    const server = world({ knows: (hotkey) => hotkey === alice.hotkey });
    const failure = await refused(verify(await signed(server, bob), body, server));
    expect([failure.code, failure.meta?.reason]).toEqual(["unauthorised", "unknown-sender"]);
    expect(server.replay.size).toBe(0);
  });

  test("refuses a request that is too old, and tells the server's time", async () => {
    const server = world();
    const [inTime, late] = [await signed(server), await signed(server)];
    await server.clock.advance(maxAgeMs);
    await verify(inTime, body, server);
    await server.clock.advance(1_000);
    const failure = await refused(verify(late, body, server));
    expect([failure.code, failure.meta?.reason]).toEqual(["expired", "stale"]);
    expect(failure.meta?.serverTimeMs).toBe(server.clock.now());
    expect(failure.toLine()).toContain(new Date(server.clock.now()).toISOString());
  });

  test("refuses a request of a clock that is ahead, and says by how much", async () => {
    const server = world();
    const ahead = world({ clock: manualClock(server.clock.now() + maxSkewMs + 1_000) });
    const nonces = createNonceSource(ahead);
    const failure = await refused(verify(await signed({ ...ahead, nonces }), body, server));
    expect([failure.code, failure.meta?.reason]).toEqual(["expired", "early"]);
    expect(failure.meta?.differenceMs).toBe(maxSkewMs + 1_000);
  });

  if (bindsReceiver)
    test("refuses a request that is signed for somebody else", async () => {
      const server = world();
      const headers = await sign(alice, alice.hotkey, body, server);
      const failure = await refused(verify(headers, body, server));
      expect([failure.code, failure.meta?.reason]).toEqual(["unauthorised", "wrong-receiver"]);
      expect(failure.toLine()).toContain(bob.hotkey);
    });

  test("refuses a request without any one of the headers that it needs, naming it", async () => {
    const headers = await signed(world());
    const needed = Object.keys(headers).filter((key) =>
      /hotkey|nonce|signature|signed-by|timestamp|uuid|version$/i.test(key),
    );
    for (const name of needed) {
      if (/secret-signature|axon_hotkey|dendrite_version/i.test(name)) continue;
      const { [name]: _, ...rest } = headers;
      const failure = await refused(verify(rest, body, world()));
      expect([failure.code, failure.message]).toEqual(["malformed", `The header ${name} is missing`]);
    }
  });

  test("answers garbage in headers with a failure that does not repeat it", async () => {
    const server = world();
    const headers = await signed(server);
    const names = Object.keys(headers).filter(
      (key) => !/secret-signature|axon_(ip|port)|dendrite_(ip|version)|size|computed/i.test(key),
    );
    const optional = /timeout|axon_hotkey/i;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...names),
        fc.string({ minLength: 3, maxLength: 2_000 }),
        async (name, value) => {
          fc.pre(!optional.test(name) && value.trim().length > 2 && !/^\d+$/.test(value));
          const failure = await refused(verify({ ...headers, [name]: `~${value}` }, body, server));
          expect(["malformed", "unauthorised"]).toContain(failure.code);
          expect(failure.toLine()).not.toContain(`~${value}`);
        },
      ),
    );
  });

  test("is not accepted after a restart when it may have been accepted before", async () => {
    const server = world();
    const headers = await signed(server);
    await verify(headers, body, server);
    await server.clock.advance(2_000);
    const restarted = {
      ...server,
      replay: createReplayCache({ clock: server.clock, retentionMs: RETENTION_MS }),
    };
    expect((await refused(verify(headers, body, restarted))).meta?.reason).toBe("forgotten");
  });

  test("needs a replay cache that remembers as long as a request counts as fresh", async () => {
    const server = world();
    const short = { ...server, replay: createReplayCache({ clock: server.clock, retentionMs: 1_000 }) };
    expect((await refused(verify(await signed(server), body, short))).code).toBe("config");
  });
});

test("an axon's unsigned timeout makes no old request fresh beyond the limit", async () => {
  const [, , , axon] = PROTOCOLS as [Protocol, Protocol, Protocol, Protocol];
  const server = world();
  const body = text("ping");
  const headers = await axon.sign(alice, bob.hotkey, body, server);
  await server.clock.advance(64_001);
  const failure = await rejection(axon.verify({ ...headers, timeout: "1e12" }, body, server));
  expect(failure.meta?.reason).toBe("stale");
});

describe("unbound requests", () => {
  test("are refused by default, and accepted where a server allows them", async () => {
    const server = world();
    const body = text("x");
    const nonce = server.nonces();
    const headers = await signBtAuth(request(body), { keypair: alice, nonce });
    const verifier = { ...server, receiver: bob.hotkey };
    const failure = await rejection(verifyBtAuth({ ...request(body), headers }, verifier));
    expect(failure.meta?.reason).toBe("wrong-receiver");
    const caller = await verifyBtAuth({ ...request(body), headers }, { ...verifier, allowUnbound: true });
    expect(caller.nonce).toBe(nonce);
    const epistula = await signEpistula(body, { signer: alice, ...server });
    expect((await rejection(verifyEpistula({ body, headers: epistula }, verifier))).code).toBe(
      "unauthorised",
    );
    await verifyEpistula({ body, headers: epistula }, { ...verifier, allowUnbound: true });
  });
});

describe("nonces", () => {
  test("rise strictly, also within a millisecond and when the clock goes back", () => {
    let now = 1_752_076_800_000;
    const clock = { ...manualClock(), now: () => now };
    const next = createNonceSource({ clock, rng: createSeededRng(1) });
    let last = 0n;
    for (let i = 0; i < 2_000; i++) {
      if (i === 1_000) now -= 60_000;
      const nonce = next();
      expect(nonce > last).toBe(true);
      last = nonce;
    }
  });
});
