/** Requests go both ways between us and the real packages: `bittensor.http_auth` of 11, dendrite and axon of 10. */
import { beforeAll, describe, expect, test } from "bun:test";
import fc from "fast-check";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { lacksPython, python } from "../../test/support/python.ts";
import { type Keypair, keyFromUri, type Scheme, signerFromUri } from "../keys/index.ts";
import {
  canonicalised,
  canonicalJson,
  createNonceSource,
  createReplayCache,
  signAxonRequest,
  signBtAuth,
  signEpistula,
  synapseBodyHash,
  verifyAxonRequest,
  verifyBtAuth,
  verifyEpistula,
} from "./index.ts";

const SLOW_MS = 120_000;
/** Python takes its time on a busy machine, and these requests are real: of now. */
const PATIENT = { maxAgeMs: 100_000, maxSkewMs: 2_000 };

const clock = createSystemClock();
const rng = createSystemRng();
const missing = await lacksPython("classic", "current");
const nonces = createNonceSource({ clock, rng });
const replay = createReplayCache({ clock, retentionMs: 200_000 });
const server = () => ({ clock, replay, knows: () => true, receiver: bob.hotkey });

let alice: Keypair;
let bob: Keypair;
beforeAll(async () => {
  alice = await signerFromUri("//Alice");
  bob = await signerFromUri("//Bob");
});

const REQUEST = { method: "POST", target: "/generate?stream=false&q=%C3%A9" };
const BODY = '{"prompt": "hello \\u00e9"}';
const body = new TextEncoder().encode(BODY);

describe.skipIf(missing !== undefined).each(["sr25519", "ed25519"] as const)(
  "bittensor 11's http_auth with %s",
  (scheme: Scheme) => {
    test(
      "accepts what we sign, and refuses it the second time",
      async () => {
        const { keypair } = await keyFromUri("//Alice", scheme);
        const headers = await signBtAuth(
          { ...REQUEST, body },
          { keypair, nonce: nonces(), receiver: bob.hotkey },
        );
        const [first, second] = await python<string[]>(
          "current",
          `
from bittensor import http_auth
said = []
for _ in range(2):
  try:
    caller = http_auth.verify(given["headers"], given["body"].encode(), method="POST", path=given["target"],
                              self_hotkey_ss58=given["receiver"], max_age=50.0)
    said.append(caller.hotkey_ss58)
  except http_auth.AuthError as error:
    said.append(type(error).__name__)
answer(said)`,
          { headers, body: BODY, target: REQUEST.target, receiver: bob.hotkey },
        );
        expect(first).toBe(keypair.hotkey);
        expect(second).toBe("ReplayedRequest");
      },
      SLOW_MS,
    );

    test(
      "signs what we accept",
      async () => {
        const { keypair } = await keyFromUri("//Alice", scheme);
        const headers = await python<Record<string, string>>(
          "current",
          `
from bittensor import http_auth
from bittensor.keyfiles import Keypair
key = Keypair.create_from_uri("//Alice", crypto_type=given["crypto"])
answer(http_auth.sign(key, method="POST", path=given["target"], body=given["body"].encode(), receiver_ss58=given["receiver"]))`,
          {
            crypto: scheme === "sr25519" ? 1 : 0,
            body: BODY,
            target: REQUEST.target,
            receiver: bob.hotkey,
          },
        );
        const caller = await verifyBtAuth(
          { ...REQUEST, body, headers },
          { ...server(), ...PATIENT, schemes: [scheme] },
        );
        expect(caller.hotkey).toBe(keypair.hotkey);
      },
      SLOW_MS,
    );
  },
);

const SYNAPSE = `
import asyncio, types
import bittensor as bt
from bittensor.core.axon import Axon
from bittensor.core.dendrite import Dendrite
from bittensor_wallet import Keypair
class Prompt(bt.Synapse):
  question: str
  count: int
  required_hash_fields = ("question", "count")
`;

describe.skipIf(missing !== undefined)("bittensor 10's dendrite and axon", () => {
  const fields = { question: "why é?", count: 3 };
  const hash = synapseBodyHash(["why é?", "3"]);

  test(
    "the axon builds the synapse from our headers, and accepts them once",
    async () => {
      const headers = await signAxonRequest(
        {
          synapse: "Prompt",
          timeoutSeconds: 60,
          nonce: nonces(),
          uuid: "5ab2a1a4-0000-4000-8000-000000000001",
          bodyHash: hash,
          axon: { hotkey: bob.hotkey, ip: "203.0.113.9", port: 8091 },
          ip: "198.51.100.7",
        },
        { signer: alice, required: fields },
      );
      const said = await python<string[]>(
        "classic",
        `${SYNAPSE}
synapse = Prompt.from_headers(given["headers"])
axon = types.SimpleNamespace(nonces={}, wallet=types.SimpleNamespace(hotkey=Keypair.create_from_uri("//Bob")))
said = [synapse.name, synapse.computed_body_hash, Prompt(**given["fields"]).body_hash]
for _ in range(2):
  try:
    asyncio.run(Axon.default_verify(axon, synapse))
    said.append("accepted")
  except Exception as error:
    said.append(str(error))
answer(said)`,
        { headers, fields },
      );
      expect(said).toEqual([
        "Prompt",
        hash,
        hash,
        "accepted",
        "Nonce is too old, a newer one was last processed",
      ]);
    },
    SLOW_MS,
  );

  test(
    "the dendrite signs what we accept",
    async () => {
      const headers = await python<Record<string, string>>(
        "classic",
        `${SYNAPSE}
key = Keypair.create_from_uri("//Alice")
dendrite = types.SimpleNamespace(external_ip="198.51.100.7", uuid="5ab2a1a4-0000-4000-8000-000000000002", keypair=key)
target = types.SimpleNamespace(ip="203.0.113.9", port=8091, hotkey=given["receiver"])
synapse = Dendrite.preprocess_synapse_for_request(dendrite, target, Prompt(**given["fields"]), 60.0)
answer(synapse.to_headers())`,
        { fields, receiver: bob.hotkey },
      );
      const caller = await verifyAxonRequest({ headers, bodyHash: hash }, server());
      expect([caller.hotkey, caller.synapse]).toEqual([alice.hotkey, "Prompt"]);
      const other = synapseBodyHash(["why not?", "3"]);
      expect(verifyAxonRequest({ headers, bodyHash: other }, server())).rejects.toThrow("signature");
    },
    SLOW_MS,
  );
});

describe.skipIf(missing !== undefined)("Epistula in Python", () => {
  test(
    "a Python key verifies our signature, and we verify its",
    async () => {
      const ours = await signEpistula(body, { signer: alice, clock, rng, receiver: bob.hotkey });
      const uuid = "0e0bb0d5-0000-4000-8000-000000000003";
      const timestamp = clock.now();
      const { accepted, theirs } = await python<{ accepted: boolean; theirs: string }>(
        "classic",
        `
from hashlib import sha256
from bittensor_wallet import Keypair
ours, digest = given["ours"], sha256(given["body"].encode()).hexdigest()
message = f"{digest}.{ours['Epistula-Uuid']}.{ours['Epistula-Timestamp']}.{ours['Epistula-Signed-For']}"
sender = Keypair(ss58_address=ours["Epistula-Signed-By"])
key = Keypair.create_from_uri("//Alice")
answer({
  "accepted": sender.verify(message, ours["Epistula-Request-Signature"]),
  "theirs": "0x" + key.sign(f"{digest}.{given['uuid']}.{given['timestamp']}.{given['receiver']}").hex(),
})`,
        { ours, body: BODY, uuid, timestamp, receiver: bob.hotkey },
      );
      expect(accepted).toBe(true);
      const headers = {
        "Epistula-Version": "2",
        "Epistula-Timestamp": String(timestamp),
        "Epistula-Uuid": uuid,
        "Epistula-Signed-By": alice.hotkey,
        "Epistula-Signed-For": bob.hotkey,
        "Epistula-Request-Signature": theirs,
      };
      expect((await verifyEpistula({ body, headers }, { ...server(), ...PATIENT })).uuid).toBe(uuid);
    },
    SLOW_MS,
  );
});

test.skipIf(missing !== undefined)(
  "canonical JSON is what Python's json writes, byte for byte",
  async () => {
    const values = fc.sample(fc.jsonValue({ maxDepth: 4 }), { numRuns: 400, seed: 94 });
    const numbers = [0.0001, 0.00001234, -1e-7, 5e-324, 1e-10, 0.1, 123456.789, 1e16, 1e21, 1.5e300, -0.5];
    const given = [...values, numbers, { ﬀ: 1, 𐀀: 2, z: 3, "10": 4, "9": 5, "": 6 }, "\u007f\u0080\ud800"];
    const theirs = await python<string[]>(
      "classic",
      `answer([json.dumps(json.loads(text), sort_keys=True, separators=(",", ":")) for text in given])`,
      given.map(canonicalJson),
    );
    expect(given.map(canonicalJson)).toEqual(theirs);
    expect(theirs.map(canonicalised)).toEqual(theirs);
  },
  SLOW_MS,
);
