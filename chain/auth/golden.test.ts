/** Values that others published or computed: if one of these changes, we no longer speak the protocol. */
import { expect, test } from "bun:test";
import { createHash } from "node:crypto";
import { manualClock } from "../../test/support/manual-clock.ts";
import { keyFromUri, signerFromUri } from "../keys/index.ts";
import {
  btAuthPayload,
  btAuthV1Message,
  canonicalised,
  canonicalJson,
  createReplayCache,
  epistulaMessage,
  signBtAuth,
  synapseBodyHash,
  verifyBtAuth,
  verifyBtAuthV1,
} from "./index.ts";

const sha256 = (text: string) => createHash("sha256").update(text).digest("hex");
const text = (value: string) => new TextEncoder().encode(value);

/** The vector of the guide to btauth/1: deterministic, because it is ed25519. */
const NONCE = 1_752_076_800_000_000_000n;
const REQUEST = { method: "POST", target: "/generate?stream=false", body: text('{"prompt": "hello"}') };
const SIGNATURE =
  "0x1a6b631988bf1f7ea093ab9d5acf61f05c316d0b0e428b24b487b75a5f6ee0e1a56a26918fdf871b6cf09437e6588023a4ce423cf622621b2a7feee17612f704";

test("btauth/1 signs the published request with the published signature", async () => {
  const { keypair } = await keyFromUri("//Alice", "ed25519");
  const receiver = (await signerFromUri("//Bob")).hotkey;
  expect(keypair.hotkey).toBe("5FA9nQDVg267DEd8m1ZypXLBnvN7SFxYwV7ndqSYGiN9TTpu");
  const payload = btAuthPayload(REQUEST, {
    scheme: "ed25519",
    nonce: NONCE,
    sender: keypair.hotkey,
    receiver,
  });
  expect(payload.split("\n")[4]).toBe("341c57448e531310fbbe83f44cea2a5e838bd9e8a6b82b269f01d0dbbc23c3cc");
  const headers = await signBtAuth(REQUEST, { keypair, nonce: NONCE, receiver });
  expect(headers).toEqual({
    "X-Bittensor-Version": "1",
    "X-Bittensor-Hotkey": keypair.hotkey,
    "X-Bittensor-Receiver": receiver,
    "X-Bittensor-Nonce": "1752076800000000000",
    "X-Bittensor-Crypto": "ed25519",
    "X-Bittensor-Signature": SIGNATURE,
  });
  const clock = manualClock(1_752_076_800_000);
  const caller = await verifyBtAuth(
    { ...REQUEST, headers },
    { clock, receiver, replay: createReplayCache({ clock }), knows: () => true, schemes: ["ed25519"] },
  );
  expect(caller).toEqual({
    hotkey: keypair.hotkey,
    at: 1_752_076_800_000,
    nonce: NONCE,
    scheme: "ed25519",
  });
});

test.each([
  ["GET", "/api/v1/tasks", "", "14deeb297bc677f578d661cfd1cc0f022016a2881c6318bf0a53f25929175a51"],
  [
    "GET",
    "/api/v1/submissions?status=pending_verification",
    "",
    "d0e242e6eddc3ab74f589036e5bf399b0599c52edc74ff3048f171ee5285b20b",
  ],
  [
    "POST",
    "/api/v1/tasks/t-1/claim",
    '{"claim_description": "try é"}',
    "f00d4cba23f94098b0deb28a7b431492d2430fe941318a239676eec15e973776",
  ],
  [
    "POST",
    "/api/v1/validator/jobs/job-1/result",
    '{"submission_id":"s-1","status":"accepted","observed_metrics":{"x":1e-07,"heldout_ppl":1.0}}',
    "d1469a0a9ec8b1de83e703e1f9468d478c9eebea98c3cf8d0720de9b60b50be6",
  ],
])("BT-AUTH-V1 of %s %s is the message that the Python client signs", (method, target, body, digest) => {
  const bodyHash = sha256(body === "" ? "" : (canonicalised(body) ?? "not JSON"));
  expect(sha256(btAuthV1Message({ method, target }, { seconds: "1750000000", bodyHash }))).toBe(digest);
});

test("BT-AUTH-V1 accepts a body that was signed in canonical form and sent in another", async () => {
  const alice = await signerFromUri("//Alice");
  const clock = manualClock(1_750_000_000_000);
  const request = { method: "POST", target: "/submit" };
  const bodyHash = sha256(canonicalJson({ b: 1, a: "é" }));
  const message = btAuthV1Message(request, { seconds: "1750000000", bodyHash });
  const headers = {
    "X-Hotkey": alice.hotkey,
    "X-Timestamp": "1750000000",
    "X-Signature": await alice.sign(text(message)),
  };
  const verify = (body: string) =>
    verifyBtAuthV1(
      { ...request, headers, body: text(body) },
      { clock, replay: createReplayCache({ clock, retentionMs: 400_000 }), knows: () => true },
    );
  expect((await verify('{"b": 1, "a": "\\u00e9"}')).hotkey).toBe(alice.hotkey);
  expect(verify('{"b": 1.0, "a": "\\u00e9"}')).rejects.toThrow("signature");
});

test("Epistula signs sha256(body).uuid.timestamp.receiver", () => {
  const parts = { uuid: "u", timestamp: 1, receiver: undefined };
  const empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
  expect(epistulaMessage(new Uint8Array(), parts)).toBe(`${empty}.u.1.`);
  expect(epistulaMessage(new Uint8Array(), { ...parts, receiver: "5F" })).toBe(`${empty}.u.1.5F`);
});

test("a synapse without hashed fields has the hash of nothing", () => {
  expect(synapseBodyHash([])).toBe("a7ffc6f8bf1ed76651c14756a061d662f580ff4de43b49fa82d80a4b80f8434a");
});
