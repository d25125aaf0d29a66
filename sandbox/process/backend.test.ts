import { test } from "bun:test";
import { isolateContract } from "../../test/contract/isolate.ts";
import { processMissing, provisionProcess } from "../../test/provision/process.ts";

const missing = await processMissing();
if (missing === undefined) suite();
else if (process.env.CI === "true") throw new Error(missing);
else test.skip(`hardened processes: ${missing}`, () => {});

function suite() {
  isolateContract("process", provisionProcess, { tools: true });
}
