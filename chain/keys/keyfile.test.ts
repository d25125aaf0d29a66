import { afterAll, describe, expect, test } from "bun:test";
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { rejection } from "../../test/support/rejection.ts";
import { decryptKeyfile, encryptionOf } from "./encryption.ts";
import { addressIn, keyfileText, keyOf } from "./keyfile.ts";
import { readKeyfile, writeKeyfile } from "./keyfile-storage.ts";
import { keyFromPrivate, keyFromUri, newKey } from "./keypair.ts";
import { toEd25519Form, toPlainForm } from "./private-key.ts";
import { Secret } from "./secret.ts";
import { publicKeyOf, verifySignature } from "./verify.ts";

const SLOW_MS = 300_000;
const ALICE = "5GrwvaEF5zXb26Fz9rcQpDWS57CtERHpNehXCPcNoHGKutQY";
const BOB = "5FHneW46xGXgs5mUiveU4sbTyGBzmstUspZC92UhjJM694ty";
const ALICE_SEED = "0xe5be9a5092b81bca64be81d212e7f2f9eba183bb7a90954f7b76361f6edb5c0a";
const DEV_PHRASE = "bottom drive obey lake curtain smoke basket hold race lonely fit walk";
const ORIGIN = { kind: "coldkey", path: "wallet/coldkey" };
const rng = createSystemRng();
const folder = mkdtempSync(join(tmpdir(), "orrery-keyfiles-"));
afterAll(() => rmSync(folder, { recursive: true }));

const bytes = (text: string) => new TextEncoder().encode(text);

describe("keys", () => {
  test("sign and survive their keyfile, whatever they were made from", async () => {
    const keys = [
      await newKey({ rng }),
      await newKey({ rng, words: 24, scheme: "ed25519" }),
      await keyFromUri(ALICE_SEED),
      await keyFromUri("//Alice/soft//hard"),
      await keyFromUri(`${DEV_PHRASE}///with a password`),
    ];
    for (const key of keys) {
      const again = (await keyOf(keyfileText(key, "secret"), ORIGIN)).keypair;
      expect([again.hotkey, again.scheme]).toEqual([key.keypair.hotkey, key.keypair.scheme]);
      const signature = await again.sign(bytes("message"));
      expect(await verifySignature(key.keypair.hotkey, "message", signature, again.scheme)).toBe(true);
      expect(addressIn(keyfileText(key, "public"), ORIGIN)).toBe(key.keypair.hotkey);
    }
  });

  test("come from the given randomness alone", async () => {
    const [one, same, other] = await Promise.all(
      [1, 1, 2].map((seed) => newKey({ rng: createSeededRng(seed) })),
    );
    expect(one?.keypair.hotkey).toBe(same?.keypair.hotkey as string);
    expect(one?.keypair.hotkey).not.toBe(other?.keypair.hotkey as string);
    expect(one?.phrase?.reveal().split(" ")).toHaveLength(12);
  });

  test("refuse text that is neither phrase nor seed, which others take for a seed", async () => {
    for (const uri of ["hello", "bottom drive obey", "0x1234", DEV_PHRASE.replace("walk", "drive")])
      expect((await rejection(keyFromUri(uri))).code).toBe("config");
  });

  test("write the private key as bittensor-wallet does", async () => {
    // What bittensor-wallet 4.1.1 writes for //Alice and for the development phrase.
    expect((await keyFromUri("//Alice")).privateKey.reveal()).toBe(
      "0x33a6f3093f158a7109f679410bef1a0c54168145e0cecb4df006c1c2fffb1f09925a225d97aa00682d6a59b95b18780c10d7032336e88f3442b42361f4a66011",
    );
    expect((await keyFromUri("//Alice", "ed25519")).privateKey.reveal()).toBe(
      "0xabf8e5bdbe30c65656c0a3cbd181ff8a56294a69dfedd27982aace4a76909115",
    );
  });

  test("take a private key in either form, and none that is another's", async () => {
    const { privateKey, keypair } = await keyFromUri("//Alice");
    const plain = Uint8Array.from(Buffer.from(privateKey.reveal().slice(2), "hex"));
    const forms = [plain, toEd25519Form(plain)];
    for (const form of forms)
      expect((await keyFromPrivate(form, keypair.publicKey, "sr25519"))?.keypair.hotkey).toBe(ALICE);
    const bob = publicKeyOf(BOB) as Uint8Array;
    for (const form of forms) expect(await keyFromPrivate(form, bob, "sr25519")).toBeUndefined();
  });

  test("convert between the two forms without loss, for every scalar below the group's order", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 64, maxLength: 64 }), (key) => {
        key[31]! &= 0x1f; // the order is below 2^253
        expect(toPlainForm(toEd25519Form(key))).toEqual(key);
        const scalar = BigInt(`0x${Buffer.from(key.subarray(0, 32)).reverse().toString("hex")}`);
        const times8 = BigInt(
          `0x${Buffer.from(toEd25519Form(key).subarray(0, 32)).reverse().toString("hex")}`,
        );
        expect(times8).toBe(scalar * 8n);
      }),
    );
  });
});

describe("the text of a keyfile", () => {
  test("gives the first of its secrets: phrase, seed, private key", async () => {
    const text = (fields: object) => JSON.stringify({ ss58Address: null, publicKey: null, ...fields });
    const address = async (fields: object) => (await keyOf(text(fields), ORIGIN)).keypair.hotkey;
    const root = (await keyFromUri(DEV_PHRASE)).keypair.hotkey;
    expect(await address({ secretPhrase: DEV_PHRASE, secretSeed: ALICE_SEED })).toBe(root);
    expect(await address({ secretPhrase: null, secretSeed: ALICE_SEED.slice(2) })).toBe(ALICE);
  });

  test("of another shape is refused in one line without what it holds", async () => {
    const secret = "canary".repeat(10);
    const texts = [
      secret,
      JSON.stringify(secret),
      JSON.stringify({ secretPhrase: secret }),
      JSON.stringify({ secretSeed: secret, ss58Address: ALICE }),
      JSON.stringify({ privateKey: `0x${"5e".repeat(64)}`, ss58Address: ALICE }),
      JSON.stringify({ secretSeed: ALICE_SEED, ss58Address: BOB }),
      JSON.stringify({ ss58Address: ALICE }),
      JSON.stringify({ secretSeed: ALICE_SEED, cryptoType: 9 }),
    ];
    for (const text of texts) {
      const failure = await rejection(keyOf(text, ORIGIN));
      expect(failure.code).toBe("config");
      const everything = `${Bun.inspect(failure)} ${JSON.stringify(failure.toWire())}`;
      for (const hidden of ["canarycanary", "5e5e5e", ALICE_SEED.slice(2)])
        expect(everything).not.toContain(hidden);
      expect(failure.toLine()).not.toContain("\n");
    }
  });
});

const TEXT = `{"ss58Address":"${ALICE}","secretSeed":"${ALICE_SEED}"}`;
/** Made by bittensor-wallet 4.1.1's `encrypt_keyfile_data`, with the password `pass wörd`; in base64. */
const NACL =
  "JE5BQ0y9+kFZVviisYkqNSTqxf0gguVC5lTBnnampi3nyMFogGyJqNnh37nZrw5uGRP+LcPUlC3JOHoAtTzfXQ631YaEIAbpFJey4RFLlAMxI3P3JKGdW6swWNnYaHxd2Byx1WSlhgyC1HkVCWkPCPnSrf+8EtsjWy7JuzFSerJufVvDKIwcD9jRZl4Ogi6cpxjSO214ItyWEvIirnKd6wFyE20kIA4Zykez78dQkDFlAWrGgEJqXQgrsWQRhrCzpw==";
/** Made by Python's `cryptography` as bittensor's first wallets did, with the password `testing legacy`. */
const FERNET =
  "gAAAAABfXhAA90ruAN5xiMtjCOLz1ogTwQ4vo_gKQ5RDrGrUlcnI7wzTh-imkIke9CDK8Nz1wZ55GPrQyPljCjPFM8UT47L9Dlg9F37-UsetXPhCFwyTpoNnTusLd-nmWtTRw_iVVJIt1RzHaY9B6ik-WHv0dfzIQUaci_-wt0dpsi-59C2wGMqQBgy1f0dqpId9j85SkVp4GqFuCRMeHLe-GNpgZf6SWQC1auGRXp5Z1q7bUFioA413zc7yPfcUF19xGKx9xTAEeuCV3AkvxScZ3F7PXM-wVQ==";
/** Made by bittensor-wallet 4.1.1's `legacy_encrypt_keyfile_data`, with the password `testing vault`. */
const VAULT = [
  "$ANSIBLE_VAULT;1.1;AES256",
  "62643065333138373335663664353038316334636532363338633363306133386165636131613465",
  "3838653133643261383362316432353761366365313534390a386635353536323766653338623136",
  "33316661613261376236653639363434303562323136663136336239613065303361653363616363",
  "3061323932373736320a336136326564646130393638303966343563376535396137623636653764",
  "34356536613534656430393836643136363439353632363064626365623066613334323136373335",
  "31326438373463613363613666393433316533343033643062643165316561653530393131383231",
  "62646137616133643461393933306639356637336630383230303036376430656332346637346266",
  "33613837626361396630633235633131663039613035616435643839353563626330656166386632",
  "35663635636633393661323833313432313538333362356666313434613861663833633832633834",
  "36363034616238366538313665306235373661333863383962643334636266333066313538626164",
  "64346665643366363336343262333839383037323436303131633131343535376234636563623461",
  "64386332323930616434",
].join("\n");

describe("encryption", () => {
  test("is known by the first bytes", () => {
    expect(encryptionOf(bytes(FERNET))).toBe("fernet");
    expect(encryptionOf(bytes(VAULT))).toBe("ansible");
    expect(encryptionOf(bytes("$NACL…"))).toBe("nacl");
    expect(encryptionOf(bytes(TEXT))).toBeUndefined();
  });

  test(
    "with $NACL opens with its password and no other, and shows when a bit has changed",
    async () => {
      const sealed = Buffer.from(NACL, "base64");
      const changed = Uint8Array.from(sealed);
      changed[changed.length - 1]! ^= 1;
      const open = (box: Uint8Array, password: string) =>
        decryptKeyfile(box, "nacl", new Secret(password), ORIGIN);
      const [opened, damaged, wrong] = await Promise.all([
        open(sealed, "pass wörd"),
        rejection(open(changed, "pass wörd")),
        rejection(open(sealed, "pass word")),
      ]);
      expect(opened).toBe(TEXT);
      expect(damaged.code).toBe("unauthorised");
      expect(wrong.toLine()).toStartWith(
        "The password does not open the coldkey file (path=wallet/coldkey).",
      );
    },
    SLOW_MS,
  );

  test(
    "as a Fernet token of the first wallets is read, though it is years old",
    async () => {
      expect(await decryptKeyfile(bytes(`${FERNET}\n`), "fernet", new Secret("testing legacy"), ORIGIN)).toBe(
        TEXT,
      );
      const wrong = await rejection(decryptKeyfile(bytes(FERNET), "fernet", new Secret("testing"), ORIGIN));
      expect(wrong.code).toBe("unauthorised");
    },
    SLOW_MS,
  );

  test("as an Ansible vault is read", async () => {
    expect(await decryptKeyfile(bytes(VAULT), "ansible", new Secret("testing vault"), ORIGIN)).toBe(TEXT);
    const wrong = await rejection(decryptKeyfile(bytes(VAULT), "ansible", new Secret("testing"), ORIGIN));
    expect(wrong.code).toBe("unauthorised");
  });

  test("that is cut off or garbled is called damaged, before any key is derived", async () => {
    const damaged = [
      ["nacl", "$NACL"],
      ["nacl", `$NACL${"x".repeat(40)}`],
      ["ansible", "$ANSIBLE_VAULT;1.1;AES256\n"],
      ["ansible", "$ANSIBLE_VAULT;9.9;AES256\n3131"],
      ["ansible", VAULT.slice(0, 61)],
      ["ansible", "$ANSIBLE_VAULT;1.1;AES256\nnot hex"],
      ["fernet", "gAAAAA"],
      ["fernet", `${FERNET.slice(0, 40)}!${FERNET.slice(41)}`],
      ["fernet", FERNET.slice(0, 60)],
    ] as const;
    for (const [method, text] of damaged) {
      const failure = await rejection(decryptKeyfile(bytes(text), method, new Secret("x"), ORIGIN));
      expect([text, failure.code]).toEqual([text, "corrupt"]);
    }
  });
});

describe("keyfiles on disk", () => {
  const at = (name: string, kind = "coldkey") => ({ kind, path: join(folder, name) });

  test("are for their owner's eyes only, whatever the umask, folders too", async () => {
    const before = process.umask(0);
    try {
      await writeKeyfile(at("new/sub/coldkey"), TEXT, { rng });
    } finally {
      process.umask(before);
    }
    expect(statSync(join(folder, "new/sub/coldkey")).mode & 0o777).toBe(0o600);
    expect(statSync(join(folder, "new/sub")).mode & 0o777).toBe(0o700);
    expect(statSync(join(folder, "new")).mode & 0o777).toBe(0o700);
  });

  test("are never overwritten, and leave nothing else behind", async () => {
    const origin = at("once/key");
    await writeKeyfile(origin, "first", { rng });
    expect((await rejection(writeKeyfile(origin, "second", { rng }))).code).toBe("conflict");
    expect(readFileSync(origin.path, "utf8")).toBe("first");
    await writeKeyfile(origin, "third", { rng, replace: true });
    expect(readFileSync(origin.path, "utf8")).toBe("third");
    expect(readdirSync(join(folder, "once"))).toEqual(["key"]);
  });

  test("of two writers at once has exactly one, whole", async () => {
    const origin = at("race/key");
    const texts = Array.from({ length: 8 }, (_, n) => String(n).repeat(5_000));
    const results = await Promise.allSettled(texts.map((text) => writeKeyfile(origin, text, { rng })));
    expect(results.filter(({ status }) => status === "fulfilled")).toHaveLength(1);
    expect(texts).toContain(readFileSync(origin.path, "utf8"));
    expect(readdirSync(join(folder, "race"))).toEqual(["key"]);
  });

  test.each([0o644, 0o640, 0o602, 0o606])(
    "refuses a coldkey of mode %o with the command that mends it",
    async (mode) => {
      const origin = at(`mode it's-${mode}`);
      writeFileSync(origin.path, TEXT);
      chmodSync(origin.path, mode);
      const failure = await rejection(readKeyfile(origin, { ownerOnly: true }));
      expect(failure.message).toContain(`mode 0${mode.toString(8)}`);
      const command = failure.hint?.replace("Run: ", "") ?? "";
      expect(Bun.spawnSync(["sh", "-c", command]).exitCode).toBe(0);
      expect((await readKeyfile(origin, { ownerOnly: true })).toString()).toBe(TEXT);
    },
  );

  test("that are folders, pipes, missing or far too large are refused at once", async () => {
    mkdirSync(join(folder, "directory"));
    expect((await rejection(readKeyfile(at("directory")))).message).toContain("EISDIR");
    expect((await rejection(readKeyfile(at("absent")))).message).toContain("ENOENT");
    expect(Bun.spawnSync(["mkfifo", join(folder, "pipe")]).exitCode).toBe(0);
    expect((await rejection(readKeyfile(at("pipe")))).message).toContain("no plain file");
    writeFileSync(join(folder, "large"), "x".repeat(20_000));
    expect((await rejection(readKeyfile(at("large")))).message).toContain("larger than");
  });
});

test("a secret is shown by nothing but reveal", () => {
  const secret = new Secret("canary canary");
  const shown = [
    Bun.inspect(secret),
    Bun.inspect({ deep: [secret] }, { depth: 9, showHidden: true } as Bun.BunInspectOptions),
    JSON.stringify({ secret }),
    `${secret}`,
    String(Object.values(secret)),
  ];
  for (const text of shown) expect(text).not.toContain("canary");
  expect(secret.reveal()).toBe("canary canary");
});
