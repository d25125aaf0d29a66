/** A caller in a process of its own, killed while a model works for it: over a real NATS server, the model's time in the test's hands. */
import { describe, expect, test } from "bun:test";
import { join } from "node:path";
import { createScriptedModel } from "../../models/scripted/scripted.ts";
import { NatsServer } from "../../runtime/launcher/nats-server.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { clock, connectTo, isHeard, rng, SERVERS } from "../../runtime/transport/nats/test-support.ts";
import { eventually } from "../../test/contract/harness.ts";
import { manualClock } from "../../test/support/manual-clock.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
import { watched } from "./chunks.fixture.ts";
import { startModels } from "./model.ts";

const CHUNK_MS = 100;
const PREFILL_CHUNK = 128;
const PHASES = { prefill: "word ".repeat(12_000), tokens: "Go on" };
const SEEN = 5;
/** More than the server is asked in one go. */
const PAUSE_MS = 40;

/** A model of one slot that makes a chunk whenever its own clock is put forward by `CHUNK_MS`. */
async function modelNode(server: NatsServer) {
  const transport = await connectTo(server, { name: "model" });
  const [time, blobs] = [manualClock(), createMemoryBlobs()];
  const behaviour = {
    type: "slow",
    prefillTokensPerSecond: (1_000 * PREFILL_CHUNK) / CHUNK_MS,
    tokensPerSecond: (1_000 * 16) / CHUNK_MS,
  } as const;
  const answer = () => "word ".repeat(40_000);
  const model = watched(
    createScriptedModel({ clock: time, blobs, behaviour, answer, slots: 1, chunkTokens: PREFILL_CHUNK }),
  );
  const own = { blobs, store: createMemoryStore(), spawn: createBunSpawn({ clock }) };
  const { node } = bootNode({
    ...{ name: "model", net: "test", roles: ["model"], log: keptLog() },
    ports: { clock, rng, transport, ...own },
  });
  await startModels({ node, models: [model] });
  let inbox = "";
  transport.subscribe("orr.test.model.v1.generate.*", ({ reply = "" }) => {
    inbox = reply.split(".").slice(0, 2).join(".");
  });
  // Beside what it waits for: this is no frame of its stream.
  const hasCaller = () => isHeard(transport, `${inbox}.~zz.zz`);
  const oneChunk = async () => {
    await time.advance(CHUNK_MS);
    await transport.flush();
    await clock.sleep(PAUSE_MS);
  };
  return { node, model, oneChunk, hasCaller };
}

async function startCaller(server: NatsServer, prompt: string) {
  const script = join(import.meta.dir, "caller.fixture.ts");
  const child = Bun.spawn([process.execPath, script, server.url, "scripted", prompt], {
    stdout: "pipe",
    stderr: "inherit",
  });
  const heard: string[] = [];
  void (async () => {
    const decoder = new TextDecoder();
    for await (const said of child.stdout) heard.push(...decoder.decode(said).split("\n").slice(0, -1));
  })();
  return { child, heard };
}

const { which, binary, missing } = SERVERS.at(-1)!;
describe.skipIf(missing !== undefined)(which, () => {
  test.each(Object.entries(PHASES))(
    "a caller killed in mid-%s frees the slot within one chunk",
    async (type, prompt) => {
      await using server = await NatsServer.start({ binary, jetstream: false });
      const { node, model, oneChunk, hasCaller } = await modelNode(server);
      const { child, heard } = await startCaller(server, prompt);
      await eventually(clock, "the caller reads", async () => {
        await oneChunk();
        return heard.filter((each) => each === type).length >= SEEN;
      });
      child.kill("SIGKILL");
      await child.exited;
      await eventually(clock, "the kernel has hung up", async () => !(await hasCaller()));
      const { made } = model;
      expect(model.running).toBe(1);
      await oneChunk();
      await eventually(clock, "the slot is free", () => model.running === 0);
      expect(model.made).toBe(made + 1);
      await node.drain();
    },
    30_000,
  );
});
