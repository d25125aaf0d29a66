/**
 * The walk-through of docs/operating.md, done as the page says it, and then made to suffer: nodes and NATS servers are
 * killed in the middle of a round, and it must come to what the same round comes to in one process.
 */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { loadSubnet } from "../../cli/node/subnets.ts";
import type { Standing } from "../../protocol/standing.ts";
import { createSeededRng } from "../../runtime/ports/seeded-rng.ts";
import { currentNatsServer } from "../provision/nats.ts";
import { type PostgresServer, postgresBinaries, startPostgres } from "../provision/postgres.ts";
import { type Cluster, cli, createCluster, finish } from "./cluster.ts";
import { standingsInProcess } from "./in-process.ts";
import { eventsOf, standingsOf } from "./round.ts";
import { walkThrough } from "./walk-through.ts";

// Time enough for an answer that restarts never become timeouts, work enough that there is a middle to kill in.
const PARAMS = { codeTasks: 8, codeTests: 2, readingTokens: [4_000, 16_000], answerMs: 60_000 };
const JOBS = 2 * (PARAMS.codeTasks + PARAMS.readingTokens.length);
const ROUND_BLOCKS = 100_000;
const CASE_MS = 120_000;
/** Chooses victims. Printed, and taken from the environment to repeat a run. */
const SEED = process.env.ORRERY_CLUSTER_SEED ?? String(Date.now());

const natsServer = await currentNatsServer();
const postgresPath = await postgresBinaries();
const names = [...walkThrough({ folder: "", nats: "", http: "" }).nodes.keys()];

describe.skipIf(natsServer.missing !== undefined)(
  "seven processes over a cluster of three NATS servers",
  () => {
    let expected: Standing[];
    let postgres: PostgresServer | undefined;
    const start = async (options: { ledger?: string } = {}): Promise<Cluster> => {
      const cluster = await createCluster({
        natsServer: natsServer.path ?? "",
        subnet: ["--params", JSON.stringify(PARAMS)],
        validator: ["--rounds", "1", "--round-blocks", `${ROUND_BLOCKS}`],
        ...options,
      });
      try {
        await cluster.startNodes();
        return cluster;
      } catch (thrown) {
        await cluster[Symbol.asyncDispose]();
        throw thrown;
      }
    };
    const subnet = loadSubnet("longcontext", { params: PARAMS });

    beforeAll(async () => {
      const { genesis } = walkThrough({ folder: "", nats: "", http: "" });
      expected = await standingsInProcess({ subnet: await subnet, genesis, roundBlocks: ROUND_BLOCKS });
      if (postgresPath.path !== undefined) postgres = await startPostgres(postgresPath.path);
    }, CASE_MS);
    afterAll(() => postgres?.stop());

    /** The whole round, whatever happened to it: judged once, standings as in one process, weights set once, ledger whole. */
    const checkRound = async (cluster: Cluster) => {
      const standings = await standingsOf(cluster.ledger, await subnet);
      const concluded = await eventsOf(cluster.ledger, "job.concluded", 0, 0);
      const scored = concluded.filter(({ score }) => score !== null);
      expect(concluded.filter(({ score }) => score === null)).toEqual([]);
      expect(new Set(scored.map(({ key }) => `${key.task}/${key.submission}`)).size).toBe(JOBS);
      expect(scored.length).toBe(JOBS);
      expect(standings).toEqual(expected);
      expect((await eventsOf(cluster.ledger, "weights.set", 1, 30_000)).length).toBe(1);
      expect((await eventsOf(cluster.ledger, "weights.decided", 1, 0)).length).toBe(1);
      const verified = await finish(cli("ledger", "verify", "--json", "--ledger", cluster.ledgerAt));
      expect({ code: verified.code, error: verified.error }).toEqual({ code: 0, error: "" });
    };
    const toldWithLogs = async (cluster: Cluster, work: () => Promise<void>) => {
      try {
        await work();
      } catch (thrown) {
        console.error(cluster.logs());
        throw thrown;
      }
    };

    test("the demo miners differ, so that equal standings mean something", () => {
      expect(expected.map(({ jobs }) => jobs)).toEqual([JOBS / 2, JOBS / 2]);
      expect(expected[0]?.accuracy).toBeGreaterThan(expected[1]?.accuracy ?? 1);
    });

    const rng = createSeededRng(SEED);
    const order = names.map((name) => ({ name, at: rng.next() })).sort((a, b) => a.at - b.at);
    // Each case takes two of the seven, so that each role dies once a run; the last one finds a single one left.
    const cases = Array.from({ length: Math.ceil(order.length / 2) }, (_, index) => ({
      victims: order.slice(index * 2, index * 2 + 2).map(({ name }) => name),
      server: `n${rng.integer(3) + 1}`,
      store: index === 0 && postgresPath.path !== undefined ? "PostgreSQL" : "one SQLite file",
    }));
    for (const { victims, server, store } of cases) {
      test(
        `kill -9 of ${victims.join(", ")} and ${server} in a round on ${store} changes nothing (seed ${SEED})`,
        async () => {
          const ledger = store === "PostgreSQL" ? await postgres?.database() : undefined;
          await using cluster = await start(ledger === undefined ? {} : { ledger });
          await toldWithLogs(cluster, async () => {
            const moments = [2, Math.floor(JOBS / 2)];
            for (const [index, name] of victims.entries()) {
              const before = await eventsOf(cluster.ledger, "job.concluded", moments[index] ?? 2, 60_000);
              expect(before.length).toBeLessThan(JOBS);
              const killed = [cluster.nodes.get(name)?.end("SIGKILL")];
              if (index === 0)
                killed.push(cluster.servers.find((each) => each.name === server)?.end("SIGKILL"));
              expect(await Promise.all(killed)).toEqual(killed.map(() => null));
            }
            await checkRound(cluster);
          });
        },
        CASE_MS,
      );
    }

    test(
      "a rolling restart of every node during a round ends no process unclean and no job unjudged",
      async () => {
        await using cluster = await start();
        await toldWithLogs(cluster, async () => {
          await eventsOf(cluster.ledger, "job.concluded", 2, 60_000);
          for (const node of cluster.nodes.values()) {
            expect({ node: node.name, code: await node.end("SIGTERM") }).toEqual({
              node: node.name,
              code: 0,
            });
            await node.ready();
          }
          await checkRound(cluster);
        });
      },
      CASE_MS,
    );

    test(
      "two weight-setters of one hotkey set weights once, and the second takes over when the first is killed",
      async () => {
        await using cluster = await start();
        await toldWithLogs(cluster, async () => {
          await using second = await cluster.another("weight-setter", "weight-setter-2");
          await checkRound(cluster);
          const first = cluster.nodes.get("weight-setter");
          const holds = (node: typeof first) => node?.tail(1_000).includes("weight lease acquired") ?? false;
          expect([holds(first), holds(second)].filter(Boolean).length).toBe(1);
          await (holds(first) ? first : second)?.stop("SIGKILL");
          const other = holds(first) ? second : first;
          for (const until = performance.now() + 40_000; !holds(other) && performance.now() < until; )
            await Bun.sleep(50);
          expect(holds(other)).toBe(true);
          expect((await eventsOf(cluster.ledger, "weights.set", 1, 0)).length).toBe(1);
        });
      },
      CASE_MS,
    );
  },
);
