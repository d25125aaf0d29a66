/** What doctor says of models: real ones, of this machine and of llama.cpp's server. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Role } from "../../protocol/role.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import {
  LLAMA_MODEL,
  type LlamaServer,
  llamaServerMissing,
  startLlamaServer,
} from "../../test/support/llama-server.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";
import { tinyModel } from "../../test/support/tiny-model.ts";
import { NodeConfig } from "../node/config.ts";
import type { Finding } from "./check.ts";
import { examine } from "./doctor.ts";
import { judgeModel } from "./judge-model.ts";
import { models } from "./models.ts";

const clock = createSystemClock();
const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());

function found(...named: string[]): Promise<Finding[]> {
  const config = NodeConfig.parse({ role: ["model"], models: named });
  const spawn = createBunSpawn({ clock });
  return examine([models], { config, roles: ["model"], clock, rng: createSystemRng(), spawn });
}

test("a model of this machine answers and makes vectors; one that is not here is told how to get it", async () => {
  const [ok] = await found(await tinyModel({ parent: temp.path }));
  expect(ok).toMatchObject({ state: "ok", detail: expect.stringContaining("makes vectors of 64 numbers") });
  expect(await found("nope")).toMatchObject([{ state: "fail", fix: expect.stringContaining("models pull") }]);
  expect(await found()).toMatchObject([{ state: "fail", detail: "no model is named" }]);
});

test("a validator that must challenge a model is told that there is none, and what to start", async () => {
  const looked = async (changes: Record<string, unknown>) => {
    const config = NodeConfig.parse({ role: ["validator"], subnet: "inference", ...changes });
    const spawn = createBunSpawn({ clock });
    return await examine([judgeModel], {
      config,
      roles: config.role as Role[],
      clock,
      rng: createSystemRng(),
      spawn,
    });
  };
  const none = { state: "fail", detail: "miners are challenged beside smollm2, and there is none here" };
  expect(await looked({})).toMatchObject([none]);
  expect(await looked({ nats: ["nats://127.0.0.1:1"] })).toMatchObject([{ state: "warn" }]);
  expect(await looked({ subnet: "longcontext" })).toMatchObject([{ state: "skipped" }]);
  const tiny = await tinyModel({ parent: temp.path, seed: 3 });
  const here = { role: ["validator", "model"], models: [tiny], params: { model: "tiny" } };
  expect(await looked(here)).toMatchObject([{ state: "ok", detail: expect.stringContaining("tiny (onnx") }]);
  const pinned = { ...here, params: { model: "tiny", weights: "0".repeat(64) } };
  expect(await looked(pinned)).toMatchObject([
    { state: "fail", detail: expect.stringContaining("other weights") },
  ]);
});

describe.skipIf((await llamaServerMissing()) !== undefined)("a given server", () => {
  const keyFile = join(temp.path, "key");
  let server: LlamaServer;
  beforeAll(async () => {
    writeFileSync(keyFile, "sk-doctor");
    server = await startLlamaServer({ apiKey: "sk-doctor" });
  }, 60_000);
  afterAll(() => server[Symbol.asyncDispose]());

  async function said(changes: Record<string, unknown>): Promise<Finding | undefined> {
    const path = join(temp.path, "served.json");
    const right = {
      id: LLAMA_MODEL,
      url: server.baseUrl,
      server: "llama.cpp",
      contextLength: 2_048,
      keyFile,
    };
    writeFileSync(path, JSON.stringify({ ...right, ...changes }));
    return (await found(path))[0];
  }

  test("is what the card says", async () => {
    expect(await said({ card: { parameters: 135_000_000 } })).toMatchObject({
      state: "ok",
      detail: expect.stringMatching(
        /^smollm2 \(openai \(llama\.cpp\), 2,048 tokens\) answers in \d+ ms, 1 tokens read$/,
      ),
    });
  }, 60_000);

  test.each([
    ["another model", { id: "gpt-9" }, "serves=smollm2", "Give its name on that server"],
    ["less context than the card says", { contextLength: 8_192 }, "server=2048, card=8192", "--ctx-size"],
    [
      "a model of another size",
      { card: { parameters: 8_000_000_000 } },
      "card=8000000000",
      "correct the card",
    ],
    ["no embeddings, though its file says so", { embed: true }, "embeddings", "--embeddings"],
    ["nobody there", { url: "http://127.0.0.1:9/v1" }, "server=http://127.0.0.1:9", "Check its address"],
    ["no key", { keyFile: undefined }, "Invalid API Key", "key"],
  ])(
    "has %s",
    async (_, changes, detail, fix) => {
      const finding = await said(changes);
      expect(finding?.state).toBe("fail");
      expect(finding?.detail).toContain(detail);
      expect(`${finding?.fix} ${finding?.detail}`).toContain(fix);
    },
    60_000,
  );
});
