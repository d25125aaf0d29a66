/** Files go both ways between Orrery and the real bittensor-wallet: the classic package and the one inside bittensor 11. */
import { afterAll, describe, expect, test } from "bun:test";
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import type { PythonEnvironment } from "../../test/provision/python.ts";
import { lacksPython, python } from "../../test/support/python.ts";
import { keyFromUri, newKey, Secret, verifySignature } from "../keys/index.ts";
import { coldkeyAddress, createColdkey, createHotkey, openColdkey, openHotkey, viewWallet } from "./index.ts";

const SLOW_MS = 300_000;
const PASSWORD = "correct horse, Battery 9";
const MESSAGE = "interop";
const rng = createSystemRng();
const missing = await lacksPython("classic", "current");
const root = mkdtempSync(join(tmpdir(), "orrery-wallets-"));
afterAll(() => rmSync(root, { recursive: true }));

const ask = async () => new Secret(PASSWORD);
const neverAsked = () => Promise.reject(new Error("no password should be needed"));

const WALLET = {
  classic: "from bittensor_wallet import Wallet",
  current: "from bittensor.wallet import Wallet",
} satisfies Partial<Record<PythonEnvironment, string>>;

interface Signed {
  address: string;
  signature: string;
}

const READ = `
wallet = Wallet(name=given["name"], hotkey=given["hotkey"], path=given["root"])
signed = lambda key: {"address": key.ss58_address, "signature": "0x" + key.sign(given["message"].encode()).hex()}
answer({
  "coldkey": signed(wallet.get_coldkey(given.get("password"))),
  "coldkeypub": wallet.coldkeypub.ss58_address,
  "hotkey": signed(wallet.get_hotkey()),
  "accepts": wallet.hotkey.verify(given["message"].encode(), bytes.fromhex(given["signature"][2:])),
})`;

const WRITE = `
wallet = Wallet(name=given["name"], hotkey="default", path=given["root"])
wallet.create_new_coldkey(use_password=True, overwrite=False, suppress=True, coldkey_password=given["password"])
wallet.create_new_hotkey(n_words=24, use_password=False, overwrite=False, suppress=True)
answer({"coldkey": wallet.coldkeypub.ss58_address, "hotkey": wallet.hotkey.ss58_address})`;

/** Ours, for both packages: each sealing and each opening of a coldkey takes seconds. */
const OURS = { root, name: "ours" };
const makeOurs = async () => {
  const [coldkey, hotkey] = [await newKey({ rng }), await newKey({ rng, words: 24 })];
  await createColdkey(OURS, coldkey, { rng, password: new Secret(PASSWORD) });
  await createHotkey(OURS, "default", hotkey, { rng });
  return { coldkey: coldkey.keypair, hotkey: hotkey.keypair };
};
let ours: ReturnType<typeof makeOurs> | undefined;

const verifies = async ({ address, signature }: Signed, scheme?: "ed25519") =>
  expect(await verifySignature(address, MESSAGE, signature, scheme)).toBe(true);

describe.skipIf(missing !== undefined).each(["classic", "current"] as const)(
  "the %s package",
  (environment) => {
    const imports = WALLET[environment];

    test(
      "loads, with the password, the wallet we wrote, and signs and verifies with it",
      async () => {
        ours ??= makeOurs();
        const { coldkey, hotkey } = await ours;
        const signature = await hotkey.sign(new TextEncoder().encode(MESSAGE));
        const read = await python<{ coldkey: Signed; coldkeypub: string; hotkey: Signed; accepts: boolean }>(
          environment,
          `${imports}\n${READ}`,
          { ...OURS, hotkey: "default", password: PASSWORD, message: MESSAGE, signature },
        );
        expect(read.coldkey.address).toBe(coldkey.hotkey);
        expect(read.coldkeypub).toBe(coldkey.hotkey);
        expect(read.hotkey.address).toBe(hotkey.hotkey);
        expect(read.accepts).toBe(true);
        await verifies(read.coldkey);
        await verifies(read.hotkey);
      },
      SLOW_MS,
    );

    test(
      "writes a wallet that we load with the password, and sign with",
      async () => {
        const theirs = { root, name: `theirs-${environment}` };
        const addresses = await python<{ coldkey: string; hotkey: string }>(
          environment,
          `${imports}\n${WRITE}`,
          {
            ...theirs,
            password: PASSWORD,
          },
        );
        expect(await coldkeyAddress(theirs)).toBe(addresses.coldkey);
        const coldkey = await openColdkey(theirs, ask);
        const hotkey = await openHotkey(theirs, "default", neverAsked);
        expect(coldkey.hotkey).toBe(addresses.coldkey);
        expect(hotkey.hotkey).toBe(addresses.hotkey);
        const signature = await coldkey.sign(new TextEncoder().encode(MESSAGE));
        await verifies({ address: addresses.coldkey, signature });
        const view = await viewWallet(theirs);
        expect(view.coldkey).toEqual({ stored: "nacl", address: addresses.coldkey });
        expect(view.hotkeys).toEqual({ default: { stored: "plain", address: addresses.hotkey } });
      },
      SLOW_MS,
    );

    test(
      "reads keys that have a private key and no seed, of both schemes",
      async () => {
        const derived = { root, name: `derived-${environment}` };
        const coldkey = await keyFromUri("//Alice");
        const hotkey = await keyFromUri("//Alice//hot", "ed25519");
        await createColdkey(derived, coldkey, { rng });
        await createHotkey(derived, "default", hotkey, { rng });
        const signature = await hotkey.keypair.sign(new TextEncoder().encode(MESSAGE));
        const read = await python<{ coldkey: Signed; hotkey: Signed; accepts: boolean }>(
          environment,
          `${imports}\n${READ}`,
          { ...derived, hotkey: "default", message: MESSAGE, signature },
        );
        expect(read.coldkey.address).toBe("5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY");
        expect(read.hotkey.address).toBe(hotkey.keypair.hotkey);
        expect(read.accepts).toBe(true);
        await verifies(read.coldkey);
        await verifies(read.hotkey, "ed25519");
      },
      SLOW_MS,
    );
  },
);

const FROM_URI = `
from bittensor_wallet import Wallet
wallet = Wallet(name=given["name"], hotkey="default", path=given["root"])
wallet.create_coldkey_from_uri("//Alice", use_password=False, overwrite=False, suppress=True)
wallet.create_hotkey_from_uri("//Bob//1", use_password=False, overwrite=False, suppress=True, crypto_type=0)
answer({"coldkey": wallet.coldkey.ss58_address, "hotkey": wallet.hotkey.ss58_address})`;

test.skipIf(missing !== undefined)(
  "keys that the classic package derived from a URI load here, of both schemes",
  async () => {
    const place = { root, name: "from-uri" };
    const addresses = await python<{ coldkey: string; hotkey: string }>("classic", FROM_URI, place);
    const coldkey = await openColdkey(place, neverAsked);
    const hotkey = await openHotkey(place, "default", neverAsked);
    expect([coldkey.hotkey, coldkey.scheme]).toEqual([addresses.coldkey, "sr25519"]);
    expect([hotkey.hotkey, hotkey.scheme]).toEqual([addresses.hotkey, "ed25519"]);
  },
  SLOW_MS,
);

const ANSIBLE = `
from bittensor_wallet import keyfile
answer(keyfile.legacy_encrypt_keyfile_data(given["text"].encode(), given["password"]).decode())`;

test.skipIf(missing !== undefined)(
  "a coldkey in an Ansible vault of the classic package loads here",
  async () => {
    const place = { root, name: "vault" };
    const key = await keyFromUri("//Charlie");
    await createColdkey(place, key, { rng });
    const path = join(root, "vault", "coldkey");
    const text = readFileSync(path, "utf8");
    writeFileSync(path, await python<string>("classic", ANSIBLE, { text, password: PASSWORD }));
    expect((await openColdkey(place, ask)).hotkey).toBe(key.keypair.hotkey);
    expect((await viewWallet(place)).coldkey.stored).toBe("ansible");
    expect(statSync(path).mode & 0o777).toBe(0o600);
  },
  SLOW_MS,
);
