/**
 * One end of the serving bench in a process of its own: `serving-node.ts model|gateway|raw NATS-URL [FOLDER]`. A model node serves
 * a model that says the time at a fixed pace, and one of a folder when given; a gateway serves the front. Ends with its input.
 */
import { bootNode } from "../../actors/boot-node.ts";
import { createCallers } from "../../actors/gateway/openai/callers.ts";
import { createFront } from "../../actors/gateway/openai/front.ts";
import { followModels } from "../../actors/model/directory.ts";
import { startModels } from "../../actors/model/model.ts";
import { createModelClient } from "../../actors/model/model-client.ts";
import { openOnnxModel } from "../../models/onnx/onnx-model.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryStore } from "../../runtime/ports/memory-store.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createJetStreamBlobs } from "../../runtime/transport/nats/blobs.ts";
import { connectNats } from "../../runtime/transport/nats/connect.ts";
import { keptLog } from "../support/quiet.ts";
import { rawRelay } from "./raw-relay.ts";
import { tickingModel } from "./ticking-model.ts";

const [role, url = "", folder] = process.argv.slice(2);
if (role === "raw") await rawRelay(url);
if (role !== "model" && role !== "gateway") throw new Error("model or gateway");
const [clock, rng, net, name] = [createSystemClock(), createSystemRng(), "bench", role];
const transport = await connectNats({ servers: [url], name, net, clock, rng, log: keptLog() });
const blobs = createJetStreamBlobs(transport);
const ports = { clock, rng, transport, blobs, store: createMemoryStore(), spawn: createBunSpawn({ clock }) };
const { node } = bootNode({ name, net, roles: [role], ports, log: keptLog() });

if (role === "model") {
  const models = [tickingModel(clock)];
  if (folder !== undefined) models.push(await openOnnxModel({ ...ports, folder }));
  await startModels({ node, models });
  console.log(JSON.stringify({ ready: true }));
} else {
  const directory = followModels(node);
  const rate = { burst: 10_000, perMs: 0.1 };
  const callers = createCallers({ clock, open: true, rate });
  const app = createFront({ node, directory, models: createModelClient(node, directory), callers });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    fetch: (request) => app.handle(request),
  });
  console.log(JSON.stringify({ ready: true, url: `http://127.0.0.1:${server.port}/v1` }));
}
for await (const _ of Bun.stdin.stream()) {
  // Nothing is said: the end of the input is the end of the bench.
}
process.exit(0);
