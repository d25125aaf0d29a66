/** The gateway's front as a node opens it: keys from a file, and the signed requests of hotkeys that a chain knows. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { AnyElysia } from "elysia";
import { createNonceSource, signBtAuth, signEpistula } from "../../chain/auth/index.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { createLocalChain } from "../../chain/local/local-chain.ts";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { type ModelWorld, modelWorld } from "../../test/support/model-world.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { openFront } from "./front.ts";

const clock = createSystemClock();
const rng = createSystemRng();
const [gateway, miner, stranger] = await Promise.all(["//Alice", "//Bob", "//Eve"].map(signerFromUri));
const body = new TextEncoder().encode(JSON.stringify({ model: "scripted", prompt: "Hello", max_tokens: 4 }));
const PATH = "/v1/completions";

describe("a front with keys and signed callers", () => {
  const temp = tempFolder();
  const KEY = "sk-front-test";
  let world: ModelWorld;
  let app: AnyElysia;

  beforeAll(async () => {
    world = modelWorld();
    const { blobs } = world;
    await world.start("m", { models: [createScriptedModel({ clock, blobs, answer: () => "Hi." })] });
    const neurons = [gateway!, miner!].map(({ hotkey }) => ({ hotkey, coldkey: hotkey, stake: 0 }));
    const apiKeys = join(temp.path, "keys");
    writeFileSync(apiKeys, `alice sha256:${new Bun.CryptoHasher("sha256").update(KEY).digest("hex")}\n`);
    app = await openFront({
      ...{ node: world.asker, netuid: 1, loopback: false, apiKeys, signedCallers: true, signer: gateway },
      chain: createLocalChain({ clock, genesis: { seed: "front", startAt: clock.now(), neurons } }),
    });
    // The metagraph is asked for in the background, and models are heard of within a second.
    for (let tries = 0; (await status(await epistula(miner!))) !== 200 && tries < 50; tries++) {
      await clock.sleep(100);
    }
  });
  afterAll(async () => {
    await world[Symbol.asyncDispose]();
    temp[Symbol.dispose]();
  });

  const status = async (headers: Record<string, string>): Promise<number> => {
    const request = new Request(`http://gateway.example:7070${PATH}`, { method: "POST", body, headers });
    return (await app.handle(request)).status;
  };
  const epistula = (signer: NonNullable<typeof miner>) =>
    signEpistula(body, { signer, clock, rng, receiver: gateway!.hotkey });
  const nextNonce = createNonceSource({ clock, rng });
  const btauth = (keypair: NonNullable<typeof miner>, receiver = gateway!.hotkey) =>
    signBtAuth({ method: "POST", target: PATH, body }, { keypair, nonce: nextNonce(), receiver });

  test("answers a key of its file, and registered hotkeys by either protocol", async () => {
    expect(await status({ authorization: `Bearer ${KEY}` })).toBe(200);
    expect(await status(await epistula(miner!))).toBe(200);
    expect(await status(await btauth(miner!))).toBe(200);
  });

  test("answers nobody else: no key, a wrong one, a stranger's hotkey, one signed for somebody else, one sent twice", async () => {
    expect(await status({})).toBe(401);
    expect(await status({ authorization: "Bearer sk-other" })).toBe(401);
    expect(await status(await epistula(stranger!))).toBe(401);
    expect(await status(await btauth(stranger!))).toBe(401);
    expect(await status(await btauth(miner!, stranger!.hotkey))).toBe(401);
    // Another's name above a stranger's signature.
    expect(await status({ ...(await epistula(stranger!)), "Epistula-Signed-By": miner!.hotkey })).toBe(401);
    const once = await btauth(miner!);
    expect(await status(once)).toBe(200);
    expect(await status(once)).toBeOneOf([400, 401]);
  });
});
