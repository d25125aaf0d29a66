/**
 * The validator role: opens rounds, collects submissions, has every job run and judged, closes the round.
 * All it must remember is in the ledger; killed at any moment, it goes on where the ledger stands.
 */

import { isDeepStrictEqual } from "node:util";
import type { Chain } from "../../chain/chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { digest } from "../../protocol/canonical.ts";
import { Failure } from "../../protocol/failure.ts";
import type { RecordBody } from "../../protocol/records.ts";
import type { Node } from "../../runtime/node.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { appendRecord } from "../records.ts";
import { drawRound, type RoundTask } from "./draw.ts";
import { openJudgeModels } from "./judge-models.ts";
import { minersOf } from "./miners-of.ts";
import { createPublicContent } from "./public-content.ts";
import { createRoundJobs } from "./round-jobs.ts";
import { loadRound, openedEvent, type RoundState, roundsProjection } from "./round-state.ts";

export interface ValidatorOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  chain: Chain;
  netuid: number;
  /** This validator's own uid: the key under which miners read its public content. */
  uid: number;
  /** Blocks per round: round `r` is seeded by block `r × roundBlocks` and starts when that block exists. */
  roundBlocks: number;
  /** Stop after this many rounds were closed. */
  rounds?: number;
  /** How long a silent miner is asked again before it counts as absent. */
  intakePatienceMs?: number;
  /** Attempts of a job before it is left unjudged. */
  maxAttempts?: number;
  perMiner?: number;
  total?: number;
}

/** A validator further behind than this goes on with the current round: nobody waits for stale tasks. */
const MAX_ROUNDS_BEHIND = 24;

export async function startValidator(options: ValidatorOptions): Promise<void> {
  const { node, uid } = options;
  const content = createPublicContent(node.blobs);
  const served = await node.serve(content.implementation, { key: String(uid), concurrency: 128 });
  node.onDrain("finish-mailboxes", "public content", async (drain) => void (await served.drain(drain)));
  const models = openJudgeModels(node, options.subnet);
  await models?.ready(node.signal);
  const jobs = createRoundJobs({ ...options, content, models });
  node.onDrain("stop-accepting", "job results", (drain) => jobs.drain(drain));
  let closed = 0;
  node.supervise("validator", async (signal) => {
    for (; options.rounds === undefined || closed < options.rounds; closed++) {
      const state = await openRound(options, signal);
      const tasks = drawRound(options.subnet, state.opened);
      if (isDeepStrictEqual(tasks.map(commitment), state.opened.tasks)) {
        await closeRound(options, state, await jobs.run(state, tasks, signal));
        continue;
      }
      // Miners were asked other tasks: what is judged stands, the rest cannot be judged fairly any more.
      node.log.warn("the open round was drawn by another version, parameters or dataset, and is closed", {
        round: state.opened.round,
        mechanism: state.opened.mechanism.version,
      });
      const concluded = [...state.concluded.values()];
      const judged = concluded.filter(({ score }) => score !== null).length;
      await closeRound(options, state, { judged, unjudged: concluded.length - judged });
    }
  });
}

/** What the ledger says of a task before any miner sees it: neither part can be changed later. */
const commitment = ({ judged, content }: RoundTask): RecordBody<"round.opened">["tasks"][number] => ({
  id: judged.id,
  kind: judged.kind,
  public: digest({ public: judged.public, content }),
  sealed: digest(judged.sealed),
});

/** The round that is open on record, or the next one once its block exists. */
async function openRound(options: ValidatorOptions, signal: AbortSignal): Promise<RoundState> {
  const { node, ledger, chain, subnet, netuid, roundBlocks } = options;
  const name = subnet.definition.name;
  const { state: rounds } = await ledger.project(roundsProjection(name));
  if (rounds.open !== null) {
    const opened = await openedEvent(ledger, name, rounds.open.round);
    if (opened === undefined) throw new Failure("corrupt", "the ledger lost the event that opened the round");
    return loadRound(ledger, name, opened);
  }
  const { blockTimeMs } = await chain.params(netuid);
  const next = rounds.closed === null ? undefined : rounds.closed + 1;
  for (;;) {
    const head = await chain.head();
    const current = Math.floor(head.block / roundBlocks);
    const round = next === undefined || current - next > MAX_ROUNDS_BEHIND ? current : next;
    const block = round * roundBlocks;
    if (head.block < block) {
      await node.clock.sleep((block - head.block) * blockTimeMs, signal);
      continue;
    }
    const seed = await chain.blockHash(block);
    const tasks = drawRound(subnet, { round, seed }).map(commitment);
    const miners = minersOf(await chain.metagraph(netuid), options.uid);
    const mechanism = { name, version: subnet.definition.version };
    const opened = await appendRecord(ledger, name, "round.opened", {
      round,
      block,
      seed,
      mechanism,
      tasks,
      miners,
    });
    node.log.info("round opened", { round, block, tasks: tasks.length, miners: miners.length });
    return loadRound(ledger, name, opened.event);
  }
}

async function closeRound(
  { node, ledger, subnet }: ValidatorOptions,
  state: RoundState,
  counts: { judged: number; unjudged: number },
): Promise<void> {
  const { round } = state.opened;
  await appendRecord(ledger, subnet.definition.name, "round.closed", {
    round,
    ...counts,
    at: node.clock.now(),
  });
  node.metrics.count("orrery_rounds_closed_total");
  node.log.info("round closed", { round, ...counts });
}
