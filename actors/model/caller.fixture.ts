/**
 * A node that asks a model, in a process of its own: `caller.fixture.ts NATS-URL MODEL PROMPT`. Prints the type of each chunk as it
 * comes, and reads until it is killed.
 */
import { GenerateRequest } from "../../protocol/model.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";
import { keptLog } from "../../test/support/quiet.ts";
import { bootNode } from "../boot-node.ts";
import { followModels } from "./directory.ts";
import { createModelClient } from "./model-client.ts";

const [url = "", model = "", prompt = ""] = process.argv.slice(2);
const [clock, rng, net, name] = [createSystemClock(), createSystemRng(), "test", "caller"];
const transport = await connectNats({ servers: [url], name, net, clock, rng, log: keptLog() });
const own = { blobs: createMemoryBlobs(), store: createMemoryStore(), spawn: createBunSpawn({ clock }) };
const ports = { clock, rng, transport, ...own };
const { node } = bootNode({ name, net, roles: ["gateway"], ports, log: keptLog() });
const directory = followModels(node);
while (directory.serving(model).length === 0) await clock.sleep(20);
const request = GenerateRequest.parse({
  model,
  input: { type: "prompt", prompt: [{ type: "text", text: prompt }] },
  limits: { maxTokens: 200_000 },
});
for await (const { type } of createModelClient(node, directory).generate(request)) console.log(type);
