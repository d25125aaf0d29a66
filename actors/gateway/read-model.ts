/** What people look at, folded from the ledger as it grows and kept in memory, bounded. */
import type { LedgerEvent } from "../../ledger/ledger.ts";
import type { BlobRef } from "../../protocol/blob.ts";
import type { ModelReport } from "../../protocol/services/model.ts";
import type { NodeReport } from "../../protocol/services/node.ts";
import type { OutcomeCounts } from "../../protocol/standing.ts";
import {
  MAX_MINERS_SHOWN,
  type MinerPage,
  type MinerView,
  type OnChainView,
  type Snapshot,
} from "../../protocol/views.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { bodyOf } from "../records.ts";
import { type Standings, standingsProjection } from "../standings/standings.ts";
import { createClipper } from "./clip.ts";
import { createJobHistory } from "./job-history.ts";
import { createModelsHeard } from "./models-heard.ts";
import { createNodesHeard } from "./nodes-heard.ts";
import { createRoundHistory } from "./round-history.ts";
import { createWeightsHistory } from "./weights-history.ts";

const DETAIL_LIMITS = { text: 1_024, items: 32, total: 4_096, depth: 8 };

export interface ReadModel {
  /** Takes an event of this subnet into account; one that was already is ignored. */
  apply(event: LedgerEvent): void;
  hear(report: NodeReport): void;
  hearModel(report: ModelReport): void;
  /** What the chain says of the subnet now. */
  see(onChain: OnChainView): void;
  /** Position of the last event taken into account. */
  readonly seq: number;
  /** Called when everything recorded before the start has been read. */
  caughtUp(): void;
  snapshot(): Snapshot;
  miner(uid: number): MinerPage | undefined;
  /** The evidence of a job that is shown. */
  evidence(sha256: string): BlobRef | undefined;
}

export interface ReadModelOptions {
  net: string;
  clock: Pick<Clock, "now">;
  subnet: LoadedSubnet;
  /** Names for people, by hotkey. */
  names?: ReadonlyMap<string, string>;
}

export function createReadModel({ net, clock, subnet, names = new Map() }: ReadModelOptions): ReadModel {
  const projection = standingsProjection(subnet);
  const { name, version, summary } = subnet.definition;
  let standings: Standings = structuredClone(projection.initial);
  const outcomes: OutcomeCounts = {};
  const rounds = createRoundHistory();
  const weights = createWeightsHistory();
  const jobs = createJobHistory();
  const nodes = createNodesHeard(clock);
  const models = createModelsHeard(clock);
  /** Who is registered, as of the latest round; `since` is the round in which a hotkey took its uid. */
  let registered = new Map<number, { hotkey: string; since: number; absent: boolean }>();
  let latest = -1;
  let head = { seq: 0, hash: "0".repeat(64) };
  let catchingUp = true;
  let onChain: OnChainView | null = null;

  function register(round: number, miners: readonly { uid: number; hotkey: string }[]): void {
    if (round <= latest) return;
    const before = registered;
    const hotkeyOf = (uid: number) => before.get(uid)?.hotkey ?? standings.miners[uid]?.hotkey;
    latest = round;
    registered = new Map(
      miners.map(({ uid, hotkey }) => {
        const known = hotkeyOf(uid);
        const taken = known !== undefined && known !== hotkey;
        if (taken) {
          jobs.forget(uid);
          weights.forget(uid);
        }
        const since = taken ? round : (before.get(uid)?.since ?? 0);
        return [uid, { hotkey, since, absent: false }];
      }),
    );
  }

  function minerView(uid: number, hotkey: string): MinerView {
    const standing = standings.miners[uid];
    const known = standing?.hotkey === hotkey ? standing : undefined;
    const running = standings.open?.miners[uid];
    const scores = running?.hotkey === hotkey ? running.scores : [];
    const place = registered.get(uid);
    return {
      uid,
      hotkey,
      name: names.get(hotkey)?.slice(0, 64) ?? null,
      presence: place?.hotkey !== hotkey ? "gone" : place.absent ? "absent" : "here",
      rounds: known?.rounds ?? 0,
      jobs: known?.jobs ?? 0,
      accuracy: known?.accuracy ?? 0,
      reward: known?.reward ?? 0,
      outcomes: { ...known?.outcomes },
      weight: weights.share(uid),
      open: scores.length === 0 ? null : { jobs: scores.length, accuracy: mean(scores) },
    };
  }

  const hotkeyNow = (uid: number): string | undefined =>
    registered.get(uid)?.hotkey ?? standings.miners[uid]?.hotkey;

  function minerViews(): MinerView[] {
    const uids = new Set([...registered.keys(), ...Object.keys(standings.miners).map(Number)]);
    return [...uids]
      .map((uid) => minerView(uid, hotkeyNow(uid) ?? ""))
      .sort(
        (a, b) =>
          Number(a.presence === "gone") - Number(b.presence === "gone") ||
          b.reward - a.reward ||
          (b.open?.accuracy ?? 0) - (a.open?.accuracy ?? 0) ||
          a.uid - b.uid,
      )
      .slice(0, MAX_MINERS_SHOWN);
  }

  function addJob(event: LedgerEvent): void {
    const concluded = bodyOf(event, "job.concluded");
    if (concluded === undefined) return;
    const { key, uid, kind, outcome, score, evidence } = concluded;
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    // A late job of the hotkey that had this uid before is not shown as its successor's.
    if (key.round < (registered.get(uid)?.since ?? 0)) return;
    jobs.add({
      round: key.round,
      task: key.task,
      kind,
      submission: key.submission,
      attempt: key.attempt,
      uid,
      outcome,
      accuracy: score?.accuracy ?? null,
      reward: score?.reward ?? null,
      detail: createClipper(DETAIL_LIMITS).clip(score?.detail ?? concluded.detail ?? null),
      evidence,
      at: event.at,
    });
  }

  return {
    apply(event) {
      if (event.seq <= head.seq) return;
      const opened = bodyOf(event, "round.opened");
      if (opened !== undefined) register(opened.round, opened.miners);
      const absent = bodyOf(event, "miner.absent");
      const missing = absent?.round === latest ? registered.get(absent.uid) : undefined;
      if (missing !== undefined) missing.absent = true;
      standings = projection.fold(standings, event);
      rounds.apply(event);
      weights.apply(event);
      addJob(event);
      head = { seq: event.seq, hash: event.hash };
    },
    hear: nodes.hear,
    hearModel: models.hear,
    see(seen) {
      onChain = seen;
    },
    get seq() {
      return head.seq;
    },
    caughtUp() {
      catchingUp = false;
    },
    snapshot() {
      const shownRounds = rounds.views();
      const shownWeights = weights.views();
      return {
        overview: {
          subnet: { name, version, summary: summary.slice(0, 1_000) },
          net,
          at: clock.now(),
          catchingUp,
          round: shownRounds[0] ?? null,
          outcomes: { ...outcomes },
          weights: shownWeights[0] ?? null,
          ledger: head,
        },
        miners: minerViews(),
        rounds: shownRounds,
        weights: shownWeights,
        nodes: nodes.views(),
        models: models.views(),
        chain: onChain,
      };
    },
    miner(uid) {
      const hotkey = hotkeyNow(uid);
      if (hotkey === undefined) return undefined;
      return { miner: minerView(uid, hotkey), jobs: [...jobs.of(uid)] };
    },
    evidence: jobs.evidence,
  };
}

const mean = (scores: readonly { accuracy: number }[]): number =>
  Math.min(1, scores.reduce((total, { accuracy }) => total + accuracy, 0) / scores.length);
