import { expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import { mnemonicGenerate } from "@polkadot/util-crypto";
import fc from "fast-check";
import { Failure } from "../../protocol/failure.ts";
import { REDACTED, redact, redactText } from "./redact.ts";

/** Ways in which one and the same secret gets into a log line. */
const HIDING_PLACES: Record<string, (secret: string) => unknown> = {
  text: (secret) => ({ detail: `could not use ${secret}, giving up` }),
  nested: (secret) => ({ a: { b: [{ c: `${secret}` }] } }),
  error: (secret) => ({ error: new Error(`refused: ${secret}`) }),
  cause: (secret) => ({ error: new Error("outer", { cause: new Error(secret) }) }),
  failure: (secret) => ({
    failure: new Failure("config", "bad key", { meta: { value: secret }, hint: `not ${secret}` }),
  }),
  aggregate: (secret) => new AggregateError([new Error(secret)], "several"),
  map: (secret) => new Map([["entry", secret]]),
  set: (secret) => ({ set: new Set([secret]) }),
  objectKey: (secret) => ({ [`${secret}`]: 1 }),
  errorField: (secret) => Object.assign(new Error("x"), { config: { detail: secret } }),
  url: (secret) => ({ text: `x${"y".repeat(8_150)} ${secret}` }),
};

const SECRETS: Record<string, () => string> = {
  "an nkey seed": () => new TextDecoder().decode(createUser().getSeed()),
  "a JWT": () =>
    `eyJ0eXAiOiJKV1QifQ.${Buffer.from(crypto.getRandomValues(new Uint8Array(40))).toString("base64url")}.sig`,
  "a seed phrase of 12 words": () => mnemonicGenerate(12),
  "a seed phrase of 24 words": () => mnemonicGenerate(24),
  "a seed phrase with words that mean something to other patterns": () =>
    "basic secret phrase token key basic zoo wrong abandon basic able about",
  "a bearer token": () => `Bearer ${Buffer.from(crypto.getRandomValues(new Uint8Array(24))).toString("hex")}`,
};

const leaks = (shown: unknown, secret: string): boolean => {
  const text = JSON.stringify(shown);
  // Not even a part of it that would help: three of its words, or sixteen of its characters.
  const words = secret.split(" ");
  const parts =
    words.length > 2
      ? words.slice(2).map((_, at) => words.slice(at, at + 3).join(" "))
      : [secret.slice(secret.lastIndexOf(" ") + 1).slice(0, 16)];
  return parts.some((part) => part.length > 0 && text.includes(part));
};

for (const [what, make] of Object.entries(SECRETS)) {
  test.each(Object.keys(HIDING_PLACES))(`hides ${what} in: %s`, (place) => {
    for (let i = 0; i < 5; i++) {
      const secret = make();
      expect(leaks(redact(HIDING_PLACES[place]!(secret)), secret)).toBe(false);
    }
  });
}

test("hides whatever stands under a secret name, at any depth, whole objects too", () => {
  const name = fc.constantFrom(
    "password",
    "apiKey",
    "api_key",
    "SEED",
    "privateKey",
    "mnemonic",
    "suri",
    "jwt",
    "accessToken",
    "Authorization",
    "set-cookie",
    "nkeySeed",
    "passphrase",
    "clientSecret",
  );
  fc.assert(
    fc.property(name, fc.stringMatching(/^[0-9a-f]{12,40}$/), fc.nat(4), (key, canary, depth) => {
      for (const value of [canary, { inner: canary }, [canary], new TextEncoder().encode(canary)]) {
        let hidden: unknown = { [key]: value };
        for (let i = 0; i < depth; i++) hidden = i % 2 === 0 ? { hidden } : [hidden];
        expect(JSON.stringify(redact(hidden))).not.toContain(canary);
      }
    }),
  );
});

test("hides development URIs and raw hex keys under names that suggest a key, and leaves public ones alone", () => {
  const hex = "ab".repeat(32);
  expect(
    redact({ hotkey: "//Alice", walletUri: "//Bob//stash", signingKey: hex, keys: [`0x${hex}`] }),
  ).toEqual({
    hotkey: REDACTED,
    walletUri: REDACTED,
    signingKey: REDACTED,
    keys: [REDACTED],
  });
  const shown = {
    publicKey: hex,
    sha256: hex,
    hash: hex,
    hotkey: "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY",
  };
  expect(redact(shown)).toEqual(shown);
});

test("keeps what is not secret: numbers under any name, prose, subjects, digests", () => {
  const harmless = {
    token: 7,
    tokens: 2_000,
    subject: "orr.net.miner.v1.answer.17",
    text: "the quick brown fox jumps over the lazy dog while seven other animals watch from behind the old wall",
    list: [true, null, "x"],
  };
  expect(redact(harmless)).toEqual(harmless);
});

test("hides credentials in addresses and assignments", () => {
  expect(redactText("nats://user:hunter22@host:4222/x")).toBe(`nats://${REDACTED}@host:4222/x`);
  expect(redactText("PASSWORD=hunter22 api_key: hunter23")).toBe(`PASSWORD=${REDACTED} api_key: ${REDACTED}`);
  expect(redactText("authorization: Basic aHVudGVyMjI=")).not.toContain("aHVudGVyMjI");
});

test("never throws and is always bounded JSON, whatever it is given", () => {
  const cyclic: Record<string, unknown> = { big: 10n, nan: Number.NaN, fn: () => 1, sym: Symbol("s") };
  cyclic.self = cyclic;
  Object.defineProperty(cyclic, "bomb", {
    enumerable: true,
    get() {
      throw new Error("boom");
    },
  });
  expect(() => JSON.stringify(redact(cyclic))).not.toThrow();
  expect(JSON.stringify(redact({ a: "x".repeat(1_000_000) })).length).toBeLessThan(9_000);
  expect(JSON.stringify(redact({ a: new Array(100_000).fill("y") })).length).toBeLessThan(2_000);
  fc.assert(
    fc.property(fc.anything({ withBigInt: true, withMap: true, withSet: true, withDate: true }), (value) => {
      JSON.stringify(redact(value));
    }),
  );
});
