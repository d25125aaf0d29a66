/** A registry over a small metagraph, asked in process through its HTTP app. */
import { createUser, type KeyPair } from "@nats-io/nkeys";
import { Enrolment, type EnrolmentOptions } from "../../actors/registry/enrolment.ts";
import { registryApp } from "../../actors/registry/http.ts";
import type { Signer } from "../../chain/chain.ts";
import { loadSigner } from "../../chain/keys/index.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import { enrolMessage, renewMessage } from "../../protocol/services/registry.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { collectingLogger, type LogLine } from "../../runtime/transport/nats/test-support.ts";
import { type ManualClock, manualClock } from "./manual-clock.ts";

export const NETUID = 12;
export const OPERATOR_TOKEN = "operator-token-of-the-tests-only-0123456789";

export const alice = await loadSigner("//Alice");
export const bob = await loadSigner("//Bob");
export const mallory = await loadSigner("//Mallory");

export interface Answer {
  status: number;
  body: Record<string, unknown> & { code?: string; jwt?: string; uid?: number };
  headers: Headers;
}

export interface TestRegistry {
  clock: ManualClock;
  enrolment: Enrolment;
  lines: LogLine[];
  /** Registered hotkeys in order of their uids, from 0. */
  registered: string[];
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Answer>;
  nonce(): Promise<string>;
  enrol(signer: Signer, changes?: EnrolChanges): Promise<Answer>;
  renew(nkey: KeyPair, changes?: { nonce?: string; signedBy?: KeyPair }): Promise<Answer>;
}

export interface EnrolChanges {
  nkey?: KeyPair;
  nonce?: string;
  netuid?: number;
  /** Signs in the hotkey's place. */
  signedBy?: Signer;
  /** Signed over this nkey instead of the one that is sent. */
  signedNkey?: KeyPair;
}

export function testRegistry(options: Partial<EnrolmentOptions> = {}): TestRegistry {
  const clock = (options.clock as ManualClock | undefined) ?? manualClock();
  const lines: LogLine[] = [];
  const log = collectingLogger(lines);
  const registered = [alice.hotkey, bob.hotkey];
  const enrolment = new Enrolment({
    net: "t",
    netuid: NETUID,
    servers: ["nats://127.0.0.1:4222"],
    chain: { metagraph: async () => metagraphOf(registered) },
    clock,
    rng: createSystemRng(),
    store: createMemoryStore(),
    log,
    ...options,
  });
  const app = registryApp({
    enrolment,
    clock,
    log,
    operatorToken: OPERATOR_TOKEN,
    addressHeader: "x-address",
  });
  const post: TestRegistry["post"] = async (path, body, headers = {}) => {
    const request = new Request(`http://registry${path}`, {
      method: "POST",
      body: typeof body === "string" ? body : JSON.stringify(body),
      headers: { "content-type": "application/json", ...headers },
    });
    const response = await app.handle(request);
    return { status: response.status, body: await response.json(), headers: response.headers } as Answer;
  };
  const nonce = async () => String((await post("/v1/enrol/challenge", {})).body.nonce);
  const sign = async (signer: Signer, text: string) => signer.sign(new TextEncoder().encode(text));
  return {
    clock,
    enrolment,
    lines,
    registered,
    post,
    nonce,
    async enrol(
      signer,
      { nkey = createUser(), netuid = NETUID, signedBy = signer, signedNkey = nkey, ...rest } = {},
    ) {
      const request = {
        hotkey: signer.hotkey,
        netuid,
        nkey: nkey.getPublicKey(),
        nonce: rest.nonce ?? (await nonce()),
      };
      const signature = await sign(signedBy, enrolMessage({ ...request, nkey: signedNkey.getPublicKey() }));
      return post("/v1/enrol", { ...request, signature });
    },
    async renew(nkey, { nonce: given, signedBy = nkey } = {}) {
      const request = { nkey: nkey.getPublicKey(), netuid: NETUID, nonce: given ?? (await nonce()) };
      const signed = signedBy.sign(new TextEncoder().encode(renewMessage(request)));
      return post("/v1/renew", { ...request, signature: `0x${Buffer.from(signed).toString("hex")}` });
    },
  };
}

export const metagraphOf = (hotkeys: readonly string[]): Metagraph => ({
  netuid: NETUID,
  block: 1,
  hash: "0x00",
  neurons: hotkeys.map((hotkey, uid) => ({
    uid,
    hotkey,
    coldkey: hotkey,
    stake: 0,
    validatorPermit: false,
    registeredAt: 0,
    lastUpdate: 0,
  })),
});
