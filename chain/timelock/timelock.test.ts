import { describe, expect, test } from "bun:test";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { lacksPython, python } from "../../test/support/python.ts";
import { refusal } from "../../test/support/rejection.ts";
import { isSignatureOfRound, QUICKNET, roundAt, timeOfRound } from "./beacon.ts";
import { beaconKey } from "./beacon-key.ts";
import { openWithSignature, sealToRound } from "./timelock.ts";

const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
const bytes = (content: string) => new TextEncoder().encode(content);
const fromHex = (hex: string) => Uint8Array.from(Buffer.from(hex, "hex"));
const hex = (content: Uint8Array) => Buffer.from(content).toString("hex");

/** quicknet's signature of round 1000, as its relays tell it. */
const ROUND = 1_000n;
const SIGNATURE = fromHex(
  "b44679b9a59af2ec876b1a6b1ad52ea9b1615fc3982b19576350f93447cb1125e342b73a8dd2bacbe47e4b6b63ed5e39",
);
/** "hello", sealed to that round by bittensor-drand 2.0.0. */
const THEIRS =
  "89658b48c14bf24cc48c133d069b3968ba7686dcccb7b389cbff3845caa45847c46e0b7a561ed84388bb8dae7b4c1e00" +
  "0caa632a91ed031532f68a81a5f2f871cee2db55a6c5bb4804836c1cfeb923b61c7b3190f788c5182141273a50372adf" +
  "2000000000000000ec3e56bc75e328121fd9cd2540e7bcd8370bccee344462276e1168226d9a6233" +
  "200000000000000009f1e6e89b4e51beb622cfa41f54ccec9845c523c37d8af5d8fbeb2703e292fc" +
  "310000000000000015000000000000001b2b5fc8b84a7f69888a2c29a80db550e4f09268f4" +
  "0c00000000000000d024c25c6d546f7d7cbdac07" +
  "08000000000000004145535f47434d5f";

const rng = createSeededRng(1);
const seal = (content: string, round = ROUND) =>
  sealToRound({ plaintext: bytes(content), round, beacon: QUICKNET, rng });

test("opens what bittensor-drand sealed, with quicknet's own signature", () => {
  expect(text(openWithSignature(fromHex(THEIRS), SIGNATURE))).toBe("hello");
});

test("seals what the same signature opens, nothing at all included", () => {
  for (const content of ["", "x", "weights".repeat(500)]) {
    expect(text(openWithSignature(seal(content), SIGNATURE))).toBe(content);
  }
});

test("another round's signature opens nothing", () => {
  const own = beaconKey({ seed: new Uint8Array(32).fill(7), periodMs: 1_000, genesisMs: 0 });
  const sealed = sealToRound({ plaintext: bytes("later"), round: 5n, beacon: own, rng });
  expect(refusal(() => openWithSignature(sealed, own.sign(4n))).code).toBe("refused");
  expect(refusal(() => openWithSignature(sealed, SIGNATURE)).code).toBe("refused");
  expect(text(openWithSignature(sealed, own.sign(5n)))).toBe("later");
});

test("a byte changed anywhere opens nothing", () => {
  const sealed = seal("weights");
  for (let at = 0; at < sealed.length; at += 11) {
    const changed = sealed.map((byte, index) => (index === at ? byte ^ 1 : byte));
    expect(["refused", "malformed"]).toContain(refusal(() => openWithSignature(changed, SIGNATURE)).code);
  }
});

test("bytes that are no ciphertext are told from ones that do not open", () => {
  const sealed = seal("weights");
  const malformed = [
    new Uint8Array(),
    new Uint8Array(96),
    sealed.subarray(0, -1),
    Uint8Array.of(...sealed, 0),
    new Uint8Array(500).fill(255),
    // A length that promises more than there is.
    sealed.map((byte, at) => (at === 97 ? 255 : byte)),
    new Uint8Array((1 << 20) + 1),
  ];
  for (const content of malformed) {
    expect(refusal(() => openWithSignature(content, SIGNATURE)).code).toBe("malformed");
  }
  expect(refusal(() => openWithSignature(sealed, SIGNATURE.subarray(1))).code).toBe("malformed");
  expect(refusal(() => openWithSignature(sealed, Uint8Array.of(0xc0, ...new Uint8Array(47)))).code).toBe(
    "malformed",
  );
});

test("the same randomness gives the same bytes, so that a commit can be made again", () => {
  const once = () =>
    sealToRound({ plaintext: bytes("w"), round: 9n, beacon: QUICKNET, rng: createSeededRng(2) });
  expect(hex(once())).toBe(hex(once()));
});

describe("a beacon", () => {
  test("is known by its signatures", () => {
    expect(isSignatureOfRound(QUICKNET, ROUND, SIGNATURE)).toBe(true);
    expect(isSignatureOfRound(QUICKNET, ROUND + 1n, SIGNATURE)).toBe(false);
    expect(isSignatureOfRound(QUICKNET, ROUND, new Uint8Array(48))).toBe(false);
    expect(isSignatureOfRound(QUICKNET, ROUND, new Uint8Array())).toBe(false);
  });

  test("signs a round when it is due, and not before", () => {
    expect(timeOfRound(QUICKNET, 1)).toBe(QUICKNET.genesisMs);
    expect(roundAt(QUICKNET, QUICKNET.genesisMs - 1)).toBe(0);
    expect(roundAt(QUICKNET, timeOfRound(QUICKNET, 1_000))).toBe(1_000);
    expect(roundAt(QUICKNET, timeOfRound(QUICKNET, 1_000) - 1)).toBe(999);
  });

  test("of one's own needs a seed that is none too short, and signs what can be checked", () => {
    expect(refusal(() => beaconKey({ seed: bytes("short"), periodMs: 1, genesisMs: 0 })).code).toBe(
      "malformed",
    );
    const own = beaconKey({ seed: bytes("a seed of at least thirty-two bytes"), periodMs: 1, genesisMs: 0 });
    expect(isSignatureOfRound(own, 3n, own.sign(3n))).toBe(true);
    expect(refusal(() => own.sign(-1n)).code).toBe("malformed");
  });
});

const missing = await lacksPython("classic");
test.skipIf(missing !== undefined)(
  "bittensor-drand 2.0.0 opens what we seal, and seals what we open",
  async () => {
    // It wraps a ciphertext that is no weight commit: compact length before it, the round after it.
    const said = await python<{ opened: string; sealed: string }>(
      "classic",
      `
import bittensor_drand as drand
wrapped = bytes.fromhex(given["wrapped"])
sealed, _ = drand.encrypt_at_round(b"from python", 1000)
answer({"opened": bytes(drand.decrypt_with_signature(wrapped, given["signature"])).hex(), "sealed": bytes(sealed).hex()})`,
      { wrapped: hex(wrapped(seal("from here"))), signature: hex(SIGNATURE) },
    );
    expect(text(fromHex(said.opened))).toBe("from here");
    const theirs = fromHex(said.sealed);
    expect(text(openWithSignature(theirs.subarray(2, -8), SIGNATURE))).toBe("from python");
  },
  60_000,
);

function wrapped(ciphertext: Uint8Array): Uint8Array {
  const length = (ciphertext.length << 2) | 1;
  return Uint8Array.of(length & 255, length >> 8, ...ciphertext, 0xe8, 3, 0, 0, 0, 0, 0, 0);
}
