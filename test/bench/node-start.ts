/** From starting a process to its line that it is ready, with a nats-server that runs already. */
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { NatsServer } from "../../runtime/launcher/nats-server.ts";
import { currentNatsServer } from "../provision/nats.ts";
import { type BenchRow, median } from "./row.ts";

const RUNS = 11;
const GOAL_MS = 150;
const MAIN = join(import.meta.dir, "../../cli/main.ts");

/** Rows of `bun run bench runtime --only node`. */
export async function nodeStartRows(): Promise<BenchRow[]> {
  const { path: binary, missing } = await currentNatsServer();
  if (binary === undefined) throw new Error(`nats-server is missing: ${missing}`);
  const folder = mkdtempSync(join(tmpdir(), "orrery-start-"));
  await using server = await NatsServer.start({ binary });
  try {
    const node = ["node", "--role", "scorer", "--nats", server.url, "--data", folder];
    // The first start makes streams, the ledger and the caches of the disk: it is no start of the kind that is measured.
    await readyMs([MAIN, ...node]);
    const nodes: number[] = [];
    const floors: number[] = [];
    for (let run = 0; run < RUNS; run++) {
      floors.push(await readyMs(["-e", "console.log(1)"]));
      nodes.push(await readyMs([MAIN, ...node]));
    }
    const value = median(nodes);
    const floor = median(floors);
    return [
      {
        name: "node start to ready, role scorer",
        value,
        unit: "ms",
        floor,
        ratio: value / floor,
        goal: `≤ ${GOAL_MS} ms`,
        holds: value <= GOAL_MS,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Milliseconds until the process says its first line; it is ended then. */
async function readyMs(args: readonly string[]): Promise<number> {
  const started = performance.now();
  const child = Bun.spawn([process.execPath, ...args], { stdin: "ignore", stdout: "pipe", stderr: "pipe" });
  const reader = child.stdout.getReader();
  const { done } = await reader.read();
  const took = performance.now() - started;
  if (done) throw new Error(`${args.join(" ")} said nothing: ${await new Response(child.stderr).text()}`);
  child.kill("SIGTERM");
  await child.exited;
  return took;
}
