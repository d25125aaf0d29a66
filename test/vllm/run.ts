/**
 * `bun test/vllm/run.ts`: our back end against a real vLLM, which it installs where it is missing. Not part of `npm test`,
 * which has what a real one said in `golden/`.
 */
import { join } from "node:path";
import { parseArgs } from "node:util";
import { smollmGguf } from "../provision/smollm.ts";
import { VLLM_QUEUE } from "./checks.ts";
import { VLLM_VERSION } from "./install.ts";
import { startVllm } from "./server.ts";

const HELP = `bun test/vllm/run.ts [options]
  --record          writes down what the server says, for replay.test.ts
  --keep            starts the server, tells its address and leaves it running until Ctrl-C
  --dtype float32|bfloat16   (float32)`;

async function main(): Promise<number> {
  const { values } = parseArgs({
    options: {
      ...{ help: { type: "boolean" }, record: { type: "boolean" }, keep: { type: "boolean" } },
      dtype: { type: "string", default: "float32" },
    },
  });
  if (values.help) {
    console.log(HELP);
    return 0;
  }
  const { path, missing } = await smollmGguf();
  if (path === undefined) throw new Error(missing);
  const dtype = values.dtype === "bfloat16" ? "bfloat16" : "float32";
  const gguf = await Bun.file(path).bytes();
  await using server = await startVllm({ gguf, dtype, queue: VLLM_QUEUE, report: console.log });
  if (values.keep) {
    console.log(`${server.url}/v1`);
    await new Promise((resolve) => process.once("SIGINT", resolve));
    return 0;
  }
  const golden = join(import.meta.dir, "golden", `vllm-${VLLM_VERSION}.json`);
  const child = Bun.spawn(
    [process.execPath, "test", "--timeout", "60000", join(import.meta.dir, "live.ts")],
    {
      env: {
        ...{ ...process.env, ORRERY_VLLM: server.url },
        ...(values.record ? { ORRERY_VLLM_RECORD: golden } : {}),
      },
      stdio: ["ignore", "inherit", "inherit"],
    },
  );
  return await child.exited;
}

process.exitCode = await main();
