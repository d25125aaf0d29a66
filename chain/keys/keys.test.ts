import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import type { Signer } from "../chain.ts";
import { loadSigner, publicKeyOf, verifySignature } from "./index.ts";

const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
// `subkey inspect //Alice`: the published development seed.
const ALICE_SEED = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";

let dir: string;
let alice: Signer;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "orrery-keys-"));
  alice = await loadSigner("//Alice");
});
afterAll(() => rm(dir, { recursive: true, force: true }));

const file = async (contents: string): Promise<string> => {
  const path = join(dir, `hotkey-${Bun.hash(contents).toString(36)}`);
  await writeFile(path, contents);
  return path;
};
const failureOf = async (source: string): Promise<Failure> => {
  const failure = await loadSigner(source).catch((thrown: unknown) => thrown);
  expect(failure).toBeInstanceOf(Failure);
  return failure as Failure;
};

describe("signers", () => {
  test("derive the addresses every Substrate tool derives", async () => {
    expect(alice.hotkey).toBe(ALICE);
    expect((await loadSigner("//Bob")).hotkey).toBe(BOB);
    expect((await loadSigner(ALICE_SEED)).hotkey).toBe(ALICE);
    const phrase = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
    expect((await loadSigner(`${phrase}//Alice`)).hotkey).toBe(ALICE);
  });

  test("load a bittensor hotkey file", async () => {
    const path = await file(
      JSON.stringify({ accountId: "0x00", secretSeed: ALICE_SEED, ss58Address: ALICE }),
    );
    expect((await loadSigner(path)).hotkey).toBe(ALICE);
  });

  test("refuse a hotkey file whose address belongs to another seed", async () => {
    const path = await file(JSON.stringify({ secretSeed: ALICE_SEED, ss58Address: BOB }));
    expect((await failureOf(path)).toLine()).toContain(`derived=${ALICE}`);
  });

  test("say what is wrong with a hotkey file in one line", async () => {
    expect((await failureOf(join(dir, "absent"))).message).toContain("ENOENT");
    expect((await failureOf(dir)).message).toContain("EISDIR");
    expect((await failureOf(await file("$NACL…"))).message).toContain("is encrypted");
    expect((await failureOf(await file("hello"))).message).toContain("is not JSON");
    expect((await failureOf(await file("{}"))).message).toContain(
      "no secretPhrase, secretSeed or privateKey",
    );
    expect((await failureOf(await file("x".repeat(20_000)))).message).toContain("larger than");
  });

  test("never repeat a secret in a failure", async () => {
    const secret = "canary canary canary canary canary canary canary canary canary canary canary canary";
    const seed = `0x${"5e".repeat(31)}`;
    const sources = [
      secret,
      await file(JSON.stringify({ ss58Address: ALICE, secretSeed: seed })),
      await file(secret),
    ];
    for (const source of sources) {
      const failure = await failureOf(source);
      const everything = `${Bun.inspect(failure)} ${JSON.stringify(failure.toWire())}`;
      expect(everything).not.toContain("canary canary");
      expect(everything).not.toContain(seed);
    }
  });

  test("hold no secret that printing would show", async () => {
    expect(Bun.inspect(await loadSigner(ALICE_SEED), { depth: 10 })).not.toContain(ALICE_SEED.slice(2, 20));
  });
});

describe("signatures", () => {
  const bytes = fc.uint8Array({ maxLength: 2_048 });

  test("verify for the signer's own bytes and for nobody else's", async () => {
    await fc.assert(
      fc.asyncProperty(bytes, async (message) => {
        const signature = await alice.sign(message);
        expect(await verifySignature(ALICE, message, signature)).toBe(true);
        expect(await verifySignature(BOB, message, signature)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test("break when one bit of message or signature changes", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 256 }), fc.nat(), async (message, at) => {
        const signature = await alice.sign(message);
        const other = Uint8Array.from(message);
        other[at % other.length]! ^= 1 << (at % 8);
        expect(await verifySignature(ALICE, other, signature)).toBe(false);
        const raw = Buffer.from(signature.slice(2), "hex");
        raw[at % 64]! ^= 1 << (at % 8);
        expect(await verifySignature(ALICE, message, `0x${raw.toString("hex")}`)).toBe(false);
      }),
      { numRuns: 50 },
    );
  });

  test("are over plain bytes, not over wrapped ones", async () => {
    const signature = await alice.sign(new TextEncoder().encode("<Bytes>hello</Bytes>"));
    expect(await verifySignature(ALICE, "<Bytes>hello</Bytes>", signature)).toBe(true);
    expect(await verifySignature(ALICE, "hello", signature)).toBe(false);
  });

  test("are false, never a throw, for garbage", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string(), bytes, fc.string(), async (hotkey, message, signature) => {
        expect(await verifySignature(hotkey, message, signature)).toBe(false);
        expect(await verifySignature(ALICE, message, signature)).toBe(false);
      }),
    );
    expect(await verifySignature(ALICE, "x", `0x${"0".repeat(128)}`)).toBe(false);
    expect(await verifySignature(ALICE, "x", `0x${"f".repeat(128)}`)).toBe(false);
  });

  test("belong to addresses of this network's prefix only", () => {
    expect(publicKeyOf(ALICE)).toHaveLength(32);
    // Alice's key written with Polkadot's prefix 0.
    expect(publicKeyOf("15oF4uVJwmo4TdGW7VfQxNLavjCXviqxT9S1MgbjMNHr6Sp5")).toBeUndefined();
  });
});
