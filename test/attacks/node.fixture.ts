/** A sandbox node for tests that kill it: opens the back end named first, and runs attacks that do not end. */
import { dockerBackend } from "../provision/docker.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { provisionProcess } from "../provision/process.ts";
import { type BackendUnderAttack, loadAttacks, requestOf } from "./corpus.ts";

const [name, uid, socketPath = "", image = ""] = process.argv.slice(2);
const openers = {
  wasmtime: () => provisionWasmtime({ uid: Number(uid) }),
  process: () => provisionProcess({ uid: Number(uid) }),
  docker: () => dockerBackend({ socketPath, image }, { node: "killed" }),
};
const backend = await openers[name as BackendUnderAttack]();
console.log("ready");
const endless = { wallMs: 600_000, cpuMs: 600_000, fuel: Number.MAX_SAFE_INTEGER };
const attacks = loadAttacks("python").filter((attack) =>
  ["loop-endless", "sleep-forever", "daemon-for-ever"].includes(attack.name),
);
await Promise.all(
  attacks.map(async (attack) => {
    const request = await requestOf(attack);
    return backend.run({ ...request, limits: { ...request.limits, ...endless } });
  }),
);
