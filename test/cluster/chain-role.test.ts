/** The walk-through's cluster on a chain of its own: eight processes, one of which has the only connection to a devnet. */
import { describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { openChain } from "../../chain/client/open-chain.ts";
import { signerFromUri } from "../../chain/keys/index.ts";
import { silentLogger } from "../../cli/terminal/cli-logger.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createDial } from "../../runtime/ports/web-socket.ts";
import { currentNatsServer } from "../provision/nats.ts";
import { startDevnet } from "../support/devnet.ts";
import { keptMetrics } from "../support/quiet.ts";
import { createCluster } from "./cluster.ts";
import { eventsOf } from "./round.ts";

const NETUID = 1;
const PARAMS = { codeTasks: 2, codeTests: 2, readingTokens: [4_000], answerMs: 60_000 };
const JOBS = 2 * (PARAMS.codeTasks + PARAMS.readingTokens.length);
const CASE_MS = 120_000;
const GENESIS = {
  accounts: ["//Owner", "//Alice", "//Bob", "//Charlie"].map((uri) => ({ uri, tao: 1_000 })),
  subnets: [
    {
      ...{ netuid: NETUID, owner: "//Owner", tempo: 20, weightsRateLimit: 5, commitReveal: false },
      neurons: [
        { hotkey: "//Alice", coldkey: "//Alice", stakeTao: 10_000 },
        { hotkey: "//Bob", coldkey: "//Bob" },
        { hotkey: "//Charlie", coldkey: "//Charlie" },
      ],
    },
  ],
};
/** Rounds begin so seldom that the one at hand lasts longer than the test. */
const ROUND_BLOCKS = 100_000;

const natsServer = await currentNatsServer();
const clock = createSystemClock();

describe.skipIf(natsServer.missing !== undefined)("a cluster with a chain role", () => {
  test(
    "judges and sets weights on the chain over one socket, also when the process that has it is killed",
    async () => {
      await using devnet = await startDevnet({ genesis: GENESIS, args: ["--block-time", "250ms"] });
      await using cluster = await createCluster({
        natsServer: natsServer.path ?? "",
        network: devnet.url,
        subnet: ["--params", JSON.stringify(PARAMS)],
        validator: ["--rounds", "1", "--round-blocks", `${ROUND_BLOCKS}`],
      });
      try {
        await cluster.startNodes();
        await eventsOf(cluster.ledger, "job.concluded", 1, 60_000);
        expect(connectionsTo(devnet.url)).toBe(1);
        await cluster.nodes.get("chain")?.end("SIGKILL");
        await cluster.nodes.get("chain")?.ready();
        await eventsOf(cluster.ledger, "round.closed", 1, 60_000);
        const [set, ...more] = await eventsOf(cluster.ledger, "weights.set", 1, 60_000);
        expect(connectionsTo(devnet.url)).toBe(1);

        const scored = await eventsOf(cluster.ledger, "job.concluded", JOBS, 0);
        expect(scored.filter(({ score }) => score === null)).toEqual([]);
        expect(scored.length).toBe(JOBS);
        expect({ more, epochs: await eventsOf(cluster.ledger, "weights.decided", 1, 0) }).toMatchObject({
          more: [],
          epochs: [{ epoch: set?.epoch }],
        });
        expect(await weightsOnChain(devnet.url)).toContain(1);
        // The setter has waited for the connection, not given up its lease.
        const setter = cluster.nodes.get("weight-setter")?.tail(1_000) ?? "";
        expect(setter.split("weight lease acquired").length - 1).toBe(1);
      } catch (thrown) {
        console.error(cluster.logs());
        throw thrown;
      }
    },
    CASE_MS,
  );
});

/** Established TCP connections of this machine whose far end is the devnet. */
function connectionsTo(url: string): number {
  const port = Number(new URL(url).port).toString(16).toUpperCase().padStart(4, "0");
  const rows = readFileSync("/proc/net/tcp", "utf8").trim().split("\n").slice(1);
  const established = "01";
  return rows.filter((row) => {
    const [, , remote = "", state] = row.trim().split(/\s+/);
    return remote.endsWith(`:${port}`) && state === established;
  }).length;
}

/** Uids that the validator's row on the chain gives weight to, asked by a client of the test's own. */
async function weightsOnChain(network: string): Promise<readonly number[]> {
  const { chain } = openChain({
    ...{
      network,
      dial: createDial(),
      clock,
      rng: createSystemRng(),
      log: silentLogger,
      metrics: keptMetrics(),
    },
  });
  try {
    const { hotkey } = await signerFromUri("//Alice");
    const rules = await chain.weights.rules({ netuid: NETUID, hotkey });
    return (await chain.weights.row({ netuid: NETUID, uid: rules.uid ?? -1 })).row?.uids ?? [];
  } finally {
    await chain.close();
  }
}
