/** A node that is killed in the middle of attacks can clean up nothing. All the same nothing is left of them. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { join } from "node:path";
import {
  type DockerEngine,
  dockerBackend,
  dockerMissing,
  engineTraces,
  startDocker,
} from "../provision/docker.ts";
import { processMissing } from "../provision/process.ts";
import { hostChanges, hostSnapshot } from "./host.ts";
import { ownUid } from "./uid.ts";

setDefaultTimeout(120_000);
const uid = ownUid();
const ATTACKS = 3;
const PATIENCE_MS = 10_000;

/** Kills a node once its attacks run, and returns what is left for good. */
async function leftByKilledNode(
  args: string[],
  traces: () => Promise<string[]>,
  running: () => Promise<number>,
) {
  const before = [...hostSnapshot({ uid }), ...(await traces())];
  const node = Bun.spawn([process.execPath, join(import.meta.dir, "node.fixture.ts"), ...args], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    const reader = node.stdout.getReader();
    expect(new TextDecoder().decode((await reader.read()).value)).toBe("ready\n");
    const end = performance.now() + PATIENCE_MS;
    while ((await running()) < ATTACKS && performance.now() < end) await Bun.sleep(20);
    expect(await running()).toBeGreaterThanOrEqual(ATTACKS);
    await Bun.sleep(200); // into what they do
  } finally {
    node.kill("SIGKILL");
    await node.exited;
  }
  const end = performance.now() + PATIENCE_MS;
  for (;;) {
    const nodes = [process.pid, node.pid];
    const left = hostChanges(before, [...hostSnapshot({ uid, nodes }), ...(await traces())]);
    if (left.length === 0 || performance.now() > end) return left;
    await Bun.sleep(50);
  }
}

const processes = async () => hostSnapshot({ uid }).filter((line) => line.startsWith("process ")).length;
const nothing = async () => [];

describe("a node killed in the middle of attacks leaves nothing behind", () => {
  test.if(process.getuid?.() === 0)("with Wasmtime", async () => {
    // A guest that cannot start processes ends at once, and two are left.
    const two = async () => (await processes()) + 1;
    expect(await leftByKilledNode(["wasmtime", String(uid)], nothing, two)).toEqual([]);
  });

  test.if(process.getuid?.() === 0)("with hardened processes", async () => {
    expect(await processMissing()).toBeUndefined();
    // bubblewrap and the fork server, and two processes for each case.
    const cases = async () => ((await processes()) - 2) / 2;
    expect(await leftByKilledNode(["process", String(uid)], nothing, cases)).toEqual([]);
  });

  test("with Docker, but for ended containers, which the next node removes", async () => {
    if ((await dockerMissing()) !== undefined) return;
    const docker: DockerEngine = await startDocker();
    try {
      // The engine makes the group around those of its containers with the first one.
      await (await dockerBackend(docker, { spares: 0 })).close();
      const traces = async () =>
        (await engineTraces(docker)).filter((trace) => !trace.startsWith("container "));
      const running = async () => (await docker.engine.listContainers()).length;
      expect(
        await leftByKilledNode(["docker", "0", docker.socketPath, docker.image], traces, running),
      ).toEqual([]);
    } finally {
      await docker.stop();
    }
  });
});
