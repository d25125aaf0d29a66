/** What people look at, folded from the ledger as it grows and kept in memory, bounded. */
import type { LedgerEvent } from "../../ledger/ledger.ts";
import type { NodeReport } from "../../protocol/services/node.ts";
import type { OutcomeCounts } from "../../protocol/standing.ts";
import type {
  JobView,
  MinerPage,
  MinerView,
  RoundView,
  Snapshot,
  WeightsView,
} from "../../protocol/views.ts";
import type { Node } from "../../runtime/node.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { bodyOf } from "../records.ts";
import { type Standings, standingsProjection } from "../standings/standings.ts";

const KEPT_ROUNDS = 50;
const KEPT_WEIGHTS = 50;
const KEPT_JOBS = 100;
/** A node that was silent this long is not shown any more. */
const NODE_SILENCE_MS = 30_000;
const MAX_NODES = 1_024;

export interface ReadModel {
  /** Takes an event of this subnet into account. */
  apply(event: LedgerEvent): void;
  report(node: NodeReport): void;
  snapshot(): Snapshot;
  miner(uid: number): MinerPage | undefined;
  /** Whether an evidence digest belongs to a job that is shown: nothing else can be read through the gateway. */
  shows(sha256: string): JobView | undefined;
}

export interface ReadModelOptions {
  node: Node;
  subnet: LoadedSubnet;
  /** Names for people, by hotkey. */
  names?: ReadonlyMap<string, string>;
}

export function createReadModel({ node, subnet, names = new Map() }: ReadModelOptions): ReadModel {
  const projection = standingsProjection(subnet);
  const { name, version, summary } = subnet.definition;
  let standings: Standings = structuredClone(projection.initial);
  const outcomes: OutcomeCounts = {};
  const rounds: RoundView[] = [];
  const weights: WeightsView[] = [];
  const jobs = new Map<number, JobView[]>();
  const evidence = new Map<string, JobView>();
  const nodes = new Map<string, NodeReport>();
  let head = { events: 0, head: "0".repeat(64) };

  function addJob(job: JobView): void {
    const mine = jobs.get(job.uid) ?? [];
    jobs.set(job.uid, mine);
    mine.unshift(job);
    if (job.evidence !== null) evidence.set(job.evidence.sha256, job);
    const oldest = mine.length > KEPT_JOBS ? mine.pop() : undefined;
    if (oldest?.evidence) evidence.delete(oldest.evidence.sha256);
  }

  function setWeights(
    epoch: number,
    change: Partial<WeightsView> & Pick<WeightsView, "state" | "round" | "at">,
  ): void {
    const known = weights.find((candidate) => candidate.epoch === epoch);
    if (known !== undefined) Object.assign(known, change);
    else weights.unshift({ epoch, reason: null, block: null, vector: null, ...change });
    weights.length = Math.min(weights.length, KEPT_WEIGHTS);
  }

  function minerView(uid: number, hotkey: string): MinerView {
    const standing = standings.miners[uid];
    const known = standing?.hotkey === hotkey ? standing : undefined;
    const open = standings.open?.miners[uid]?.scores;
    const set = weights.find(({ state }) => state === "set")?.vector;
    const sum = set?.values.reduce((total, value) => total + value, 0) ?? 0;
    const mine = set?.values[set.uids.indexOf(uid)];
    return {
      uid,
      hotkey,
      name: names.get(hotkey) ?? null,
      rounds: known?.rounds ?? 0,
      jobs: known?.jobs ?? 0,
      accuracy: known?.accuracy ?? 0,
      reward: known?.reward ?? 0,
      outcomes: known?.outcomes ?? {},
      weight: mine === undefined ? 0 : mine / sum,
      open:
        open === undefined || open.length === 0
          ? null
          : {
              jobs: open.length,
              accuracy: open.reduce((total, score) => total + score.accuracy, 0) / open.length,
            },
    };
  }

  function minerViews(): MinerView[] {
    const hotkeys = new Map<number, string>();
    for (const { uid, hotkey } of Object.values(standings.miners)) hotkeys.set(uid, hotkey);
    for (const [uid, { hotkey }] of Object.entries(standings.open?.miners ?? {}))
      hotkeys.set(Number(uid), hotkey);
    return [...hotkeys]
      .map(([uid, hotkey]) => minerView(uid, hotkey))
      .sort(
        (a, b) => b.reward - a.reward || (b.open?.accuracy ?? 0) - (a.open?.accuracy ?? 0) || a.uid - b.uid,
      );
  }

  return {
    apply(event) {
      head = { events: event.seq, head: event.hash };
      standings = projection.fold(standings, event);
      const opened = bodyOf(event, "round.opened");
      if (opened !== undefined) {
        const { round, tasks, miners } = opened;
        const view = {
          round,
          openedAt: event.at,
          closedAt: null,
          tasks: tasks.length,
          miners: miners.length,
        };
        rounds.unshift({ ...view, jobs: 0, outcomes: {} });
        rounds.length = Math.min(rounds.length, KEPT_ROUNDS);
      }
      const closed = bodyOf(event, "round.closed");
      const ended = closed && rounds.find(({ round }) => round === closed.round);
      if (ended) ended.closedAt = event.at;
      const concluded = bodyOf(event, "job.concluded");
      if (concluded !== undefined) {
        const { key, uid, kind, outcome, score } = concluded;
        add(outcomes, outcome);
        const round = rounds.find((candidate) => candidate.round === key.round);
        if (round !== undefined) {
          round.jobs++;
          add(round.outcomes, outcome);
        }
        addJob({
          round: key.round,
          task: key.task,
          kind,
          submission: key.submission,
          attempt: key.attempt,
          uid,
          outcome,
          accuracy: score?.accuracy ?? null,
          reward: score?.reward ?? null,
          detail: score?.detail ?? concluded.detail ?? null,
          evidence: concluded.evidence,
          at: event.at,
        });
      }
      const decided = bodyOf(event, "weights.decided");
      if (decided !== undefined) {
        setWeights(decided.epoch, {
          state: "decided",
          round: decided.round,
          at: event.at,
          vector: decided.vector,
        });
      }
      const set = bodyOf(event, "weights.set");
      if (set !== undefined)
        setWeights(set.epoch, { state: "set", round: set.round, at: event.at, block: set.block });
      const refused = bodyOf(event, "weights.refused");
      if (refused !== undefined) {
        setWeights(refused.epoch, {
          state: "refused",
          round: refused.round,
          at: event.at,
          reason: refused.reason,
        });
      }
    },
    report(report) {
      if (nodes.size >= MAX_NODES && !nodes.has(report.node)) return;
      nodes.set(report.node, report);
    },
    snapshot() {
      const at = node.clock.now();
      for (const [key, report] of nodes) {
        if (at - report.at > NODE_SILENCE_MS || report.state === "stopped") nodes.delete(key);
      }
      return {
        overview: {
          subnet: { name, version, summary },
          net: node.net,
          at,
          round: rounds[0] ?? null,
          outcomes,
          weights: weights[0] ?? null,
          ledger: head,
        },
        miners: minerViews(),
        rounds,
        weights,
        nodes: [...nodes.values()].sort((a, b) => (a.node < b.node ? -1 : 1)),
      };
    },
    miner(uid) {
      const known = minerViews().find((candidate) => candidate.uid === uid);
      return known === undefined ? undefined : { miner: known, jobs: jobs.get(uid) ?? [] };
    },
    shows: (sha256) => evidence.get(sha256),
  };
}

function add(counts: OutcomeCounts, outcome: keyof OutcomeCounts): void {
  counts[outcome] = (counts[outcome] ?? 0) + 1;
}
