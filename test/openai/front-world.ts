/** A gateway's front over one model, on a real port. */
import { createCallers } from "../../actors/gateway/openai/callers.ts";
import { createFront } from "../../actors/gateway/openai/front.ts";
import type { ModelRoleOptions } from "../../actors/model/model.ts";
import type { Model } from "../../models/model.ts";
import type { Blobs } from "../../runtime/ports/blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { modelWorld } from "../support/model-world.ts";

export const KEY = "sk-orrery-test-0001";
const clock = createSystemClock();
const digest = new Bun.CryptoHasher("sha256").update(KEY).digest("hex");

export interface FrontWorld extends AsyncDisposable {
  /** Up to and with `/v1`. */
  url: string;
}

export interface FrontWorldOptions {
  model: (blobs: Blobs) => Model | Promise<Model>;
  rate?: { burst: number; perMs: number };
  scheduler?: ModelRoleOptions["scheduler"];
}

export async function startFront({ model, rate, scheduler = {} }: FrontWorldOptions): Promise<FrontWorld> {
  const world = modelWorld();
  await world.start("model-1", { models: [await model(world.blobs)], scheduler });
  const callers = createCallers({
    clock,
    keys: new Map([[digest, "tester"]]),
    rate: rate ?? { burst: 1_000, perMs: 1 },
  });
  const app = createFront({ node: world.asker, directory: world.directory, models: world.client, callers });
  const server = Bun.serve({
    hostname: "127.0.0.1",
    port: 0,
    idleTimeout: 0,
    maxRequestBodySize: 64 * 1024 * 1024,
    fetch: (request) => app.handle(request),
  });
  return {
    url: `http://127.0.0.1:${server.port}/v1`,
    async [Symbol.asyncDispose]() {
      await server.stop(true);
      await world[Symbol.asyncDispose]();
    },
  };
}
