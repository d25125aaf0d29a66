import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { createUser } from "@nats-io/nkeys";
import type { Failure } from "../../protocol/failure.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { implement } from "../../protocol/service.ts";
import { Blobs } from "../../protocol/services/blobs.ts";
import { Chain } from "../../protocol/services/chain.ts";
import { Miner } from "../../protocol/services/miner.ts";
import { Models } from "../../protocol/services/model.ts";
import type { Context } from "../../runtime/context.ts";
import { createServices, type OpenServices } from "../../runtime/create-services.ts";
import { type CoreUser, identityFromCreds, renewedIdentity } from "../../runtime/identity/index.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { connectNats, type NatsOptions } from "../../runtime/transport/nats/connect.ts";
import { clock, collectingLogger, rng, SERVERS } from "../../runtime/transport/nats/test-support.ts";
import { NO_MODEL } from "../support/no-model.ts";
import { startTrustedServer, TEST_NET, type TrustedServer } from "../support/trusted-server.ts";

const CHUNKS = 5_000;
const blob = { sha256: "0".repeat(64), size: 1_000, mediaType: "text/plain" };
const task = {
  id: "t1",
  subnet: "s",
  round: 1,
  validator: 3,
  kind: "k",
  content: [],
  body: {},
  deadline: Date.now() + 60_000,
};

interface Party extends OpenServices {
  /** Ids of the streams that this party controlled. */
  streams: Set<string>;
  refused: string[];
  end(): Promise<void>;
  /** Without a word to anybody, as a process that is killed. */
  die(): Promise<void>;
}

async function join(trusted: TrustedServer, node: string, identity: Partial<NatsOptions>): Promise<Party> {
  const log = collectingLogger();
  const transport = await connectNats({
    servers: [trusted.server.url],
    name: node,
    net: TEST_NET,
    clock,
    rng,
    log,
    ...identity,
  });
  const refused: string[] = [];
  transport.onStatus(({ type, detail }) => type === "error" && refused.push(detail));
  const streams = new Set<string>();
  const publish = transport.publish.bind(transport);
  transport.publish = (subject, ...rest) => {
    if (subject.includes("_ctl.")) streams.add(subject.slice(subject.lastIndexOf(".") + 1));
    publish(subject, ...rest);
  };
  const services = createServices({
    transport,
    clock,
    rng,
    net: TEST_NET,
    node,
    log,
    metrics: createMetrics(),
  });
  const end = async () => {
    services.close();
    await transport.close();
  };
  const die = () => transport.context.nc.close();
  return Object.assign(services, { refused, streams, end, die });
}

const joinAs = async (trusted: TrustedServer, kind: CoreUser) =>
  join(trusted, `${kind}-1`, await identityFromCreds(await trusted.coreCreds(kind)));

async function joinAsMiner(trusted: TrustedServer, uid: number): Promise<Party> {
  const nkey = createUser();
  const token = await trusted.minerToken(uid, nkey.getPublicKey());
  return join(
    trusted,
    `miner-${uid}`,
    renewedIdentity({ nkey, currentToken: () => token, inboxPrefix: `_INBOX.${uid}` }),
  );
}

/** A miner that answers in many chunks, and tells when its reader left. */
const chattyMiner = (onEnd: () => void = () => {}) =>
  implement<typeof Miner.methods, Context>(Miner, {
    submission: async () => ({ status: "none" as const }),
    ...NO_MODEL,
    async *answer() {
      try {
        for (let at = 0; at < CHUNKS; at++) yield { content: [{ type: "text" as const, text: String(at) }] };
      } finally {
        onEnd();
      }
    },
  });

for (const { which, binary, missing } of SERVERS) {
  describe.skipIf(missing !== undefined)(`services between the accounts, ${which}`, () => {
    let trusted: TrustedServer;
    beforeAll(async () => {
      trusted = await startTrustedServer(binary);
    });
    afterAll(() => trusted?.[Symbol.asyncDispose]());

    test("a validator asks a miner and reads thousands of chunks of its answer", async () => {
      const [validator, miner] = await Promise.all([joinAs(trusted, "validator"), joinAsMiner(trusted, 7)]);
      await miner.serve(chattyMiner(), { key: "7" });
      const client = validator.client(Miner);
      const asked = { subnet: "s", round: 1, kind: "k" };
      expect(await client.submission(asked, { key: "7" })).toEqual({ status: "none" });
      let next = 0;
      for await (const { content } of client.answer(task, { key: "7" })) {
        expect(content[0]).toEqual({ type: "text", text: String(next++) });
      }
      expect(next).toBe(CHUNKS);
      expect([...validator.refused, ...miner.refused]).toEqual([]);
      await Promise.all([validator.end(), miner.end()]);
    });

    test("a validator that leaves a stream early ends the miner's work", async () => {
      const [validator, miner] = await Promise.all([joinAs(trusted, "validator"), joinAsMiner(trusted, 7)]);
      const ended = Promise.withResolvers<void>();
      await miner.serve(chattyMiner(ended.resolve), { key: "7" });
      for await (const _ of validator.client(Miner).answer(task, { key: "7" })) break;
      await ended.promise;
      expect([...validator.refused, ...miner.refused]).toEqual([]);
      await Promise.all([validator.end(), miner.end()]);
    });

    test("a miner keeps many answers going at once", async () => {
      const [validator, miner] = await Promise.all([joinAs(trusted, "validator"), joinAsMiner(trusted, 7)]);
      await miner.serve(chattyMiner(), { key: "7", concurrency: 64 });
      const count = async () => {
        let chunks = 0;
        for await (const _ of validator.client(Miner).answer(task, { key: "7" })) if (++chunks === 100) break;
        return chunks;
      };
      expect(await Promise.all(Array.from({ length: 40 }, count))).toEqual(Array(40).fill(100));
      expect(miner.refused).toEqual([]);
      await Promise.all([validator.end(), miner.end()]);
    });

    test("the ids of a reader's streams tell nothing of the ids of others", async () => {
      const [validator, miner] = await Promise.all([joinAs(trusted, "validator"), joinAsMiner(trusted, 7)]);
      await miner.serve(chattyMiner(), { key: "7", concurrency: 16 });
      for (let count = 0; count < 16; count++) {
        for await (const _ of validator.client(Miner).answer(task, { key: "7" })) break;
      }
      expect(validator.streams.size).toBe(16);
      expect(new Set([...validator.streams].map((id) => id.slice(0, 12))).size).toBe(16);
      await Promise.all([validator.end(), miner.end()]);
    });

    test("a model under the permissions of its role hears that a gateway is gone", async () => {
      const [gateway, model] = await Promise.all([joinAs(trusted, "gateway"), joinAs(trusted, "model")]);
      const ended = Promise.withResolvers<void>();
      let read = false;
      const nobodyAsks = () => Promise.reject(new Error("nobody asks"));
      await model.serve(
        implement<typeof Models.methods, Context>(Models, {
          async *generate() {
            try {
              for (let seq = 0; ; seq++) {
                yield { seq, type: "prefill" as const, done: seq, total: 1_000_000 };
                if (read) await clock.sleep(5);
              }
            } finally {
              ended.resolve();
            }
          },
          ...{ score: nobodyAsks, embed: nobodyAsks, tokenize: nobodyAsks },
        }),
        { key: "m" },
      );
      const request = GenerateRequest.parse({
        model: "m",
        input: { type: "prompt", prompt: [{ type: "text", text: "?" }] },
      });
      const chunks = gateway.client(Models).generate({ request }, { key: "m" })[Symbol.asyncIterator]();
      for (let n = 0; n < 100; n++) await chunks.next();
      read = true;
      await gateway.die();
      await ended.promise;
      expect([...gateway.refused, ...model.refused]).toEqual([]);
      await model.end();
    });

    test("a miner reads a public blob from the validator that asks it", async () => {
      const [validator, miner] = await Promise.all([joinAs(trusted, "validator"), joinAsMiner(trusted, 7)]);
      const chunk = new Uint8Array(64 * 1024).fill(5);
      await validator.serve(
        implement<typeof Blobs.methods, Context>(Blobs, {
          async *read() {
            for (let at = 0; at < 200; at++) yield chunk;
          },
        }),
        { key: "3" },
      );
      let bytes = 0;
      for await (const part of miner.client(Blobs).read({ blob, offset: 0 }, { key: "3" }))
        bytes += part.byteLength;
      expect(bytes).toBe(200 * chunk.byteLength);
      expect([...validator.refused, ...miner.refused]).toEqual([]);
      await Promise.all([validator.end(), miner.end()]);
    });

    test("a miner asks the registry for the head of the chain", async () => {
      const [registry, miner] = await Promise.all([joinAs(trusted, "registry"), joinAsMiner(trusted, 7)]);
      const head = { block: 5, hash: "0x05" };
      await registry.serve(
        implement<typeof Chain.methods, Context>(Chain, {
          head: async () => head,
          blockHash: async () => head,
          params: async () => ({ tempo: 1, weightsRateLimit: 1, blockTimeMs: 1 }),
          metagraph: async ({ netuid }) => ({ netuid, block: 5, hash: "0x05", neurons: [] }),
          about: async () => ({ kind: "local" as const }),
          weightRules: () => Promise.reject(new Error("nobody asks")),
          weightRow: () => Promise.reject(new Error("nobody asks")),
          callFate: () => Promise.reject(new Error("nobody asks")),
          submitWeights: async () => head,
        }),
      );
      expect(await miner.client(Chain).head({})).toEqual(head);
      await Promise.all([registry.end(), miner.end()]);
    });

    test("hundreds of questions at once to two miners are answered, each by the miner that was asked", async () => {
      const [validator, ...miners] = await Promise.all([
        joinAs(trusted, "validator"),
        ...[7, 8].map((uid) => joinAsMiner(trusted, uid)),
      ]);
      for (const [at, miner] of miners.entries()) {
        const handlers = { ...chattyMiner().handlers, submission: async () => ({ status: "none" as const }) };
        await miner.serve(implement<typeof Miner.methods, Context>(Miner, handlers), {
          key: String(7 + at),
          concurrency: 8,
        });
      }
      const client = validator.client(Miner);
      const asked = { subnet: "s", round: 1, kind: "k" };
      const answers = await Promise.all(
        Array.from({ length: 400 }, (_, n) => client.submission(asked, { key: String(7 + (n % 2)) })),
      );
      expect(answers).toEqual(Array(400).fill({ status: "none" }));
      for (const party of [validator, ...miners]) {
        expect(party.refused).toEqual([]);
        await party.end();
      }
    });

    test("a question that the server does not let pass fails at once, and says why", async () => {
      const miner = await joinAsMiner(trusted, 7);
      const began = clock.monotonic();
      const asked = miner.client(Miner).submission({ subnet: "s", round: 1, kind: "k" }, { key: "8" });
      const failure = (await asked.catch((thrown: unknown) => thrown)) as Failure;
      expect(failure).toMatchObject({ code: "unauthorised", retryable: false });
      expect(clock.monotonic() - began).toBeLessThan(Miner.methods.submission.timeoutMs ?? 30_000);
      await miner.end();
    });

    test("a question to a miner that is not there fails with a retryable failure", async () => {
      const validator = await joinAs(trusted, "validator");
      const asked = validator
        .client(Miner)
        .submission({ subnet: "s", round: 1, kind: "k" }, { key: "99", deadline: Date.now() + 500 });
      const failure = (await asked.catch((thrown: unknown) => thrown)) as Failure;
      expect(failure.retryable).toBe(true);
      await validator.end();
    });
  });
}
