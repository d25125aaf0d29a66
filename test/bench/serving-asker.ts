/**
 * A node that has a long context and asks about it, in a process of its own: `serving-asker.ts NATS-URL FILE QUESTION`. Prints
 * what came and when, and by how much its own memory grew.
 */
import { bootNode } from "../../actors/boot-node.ts";
import { followModels } from "../../actors/model/directory.ts";
import { createModelClient } from "../../actors/model/model-client.ts";
import { GenerateRequest } from "../../protocol/model.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createJetStreamBlobs } from "../../runtime/transport/nats/blobs.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";
import { keptLog } from "../support/quiet.ts";

const [url = "", file = "", question = ""] = process.argv.slice(2);
const [clock, rng, net, name] = [createSystemClock(), createSystemRng(), "bench", "asker"];
const transport = await connectNats({ servers: [url], name, net, clock, rng, log: keptLog() });
const blobs = createJetStreamBlobs(transport);
const ports = { clock, rng, transport, blobs, store: createMemoryStore(), spawn: createBunSpawn({ clock }) };
const { node } = bootNode({ name, net, roles: ["validator"], ports, log: keptLog() });
const directory = followModels(node);
const client = createModelClient(node, directory);
while (directory.serving("associative").length === 0) await clock.sleep(50);

const before = process.memoryUsage.rss();
let most = before;
const sampling = clock.every(10, () => {
  most = Math.max(most, process.memoryUsage.rss());
});
const began = clock.monotonic();
const context = [await blobs.put(await Bun.file(file).bytes(), { mediaType: "text/plain" })];
const request = GenerateRequest.parse({
  ...{ model: "associative", context },
  input: { type: "prompt", prompt: [{ type: "text", text: question }] },
  sampling: { stop: [";"] },
  limits: { maxTokens: 64 },
});
let [text, firstMs, tokens] = ["", 0, 0];
for await (const chunk of client.generate(request)) {
  if (chunk.type === "tokens" && firstMs === 0) firstMs = clock.monotonic() - began;
  if (chunk.type === "tokens") text += chunk.text;
  if (chunk.type === "end") tokens = chunk.usage.promptTokens;
}
sampling.cancel();
console.log(JSON.stringify({ text, firstMs, tokens, growthBytes: most - before }));
await node.drain();
process.exit(0);
