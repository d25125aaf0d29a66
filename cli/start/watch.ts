/** Follows the ledger of a running subnet for the terminal: jobs as they conclude, a result when a round has closed. */
import { followLedger } from "../../actors/follow-ledger.ts";
import type { LoadedSubnet } from "../../actors/loaded-subnet.ts";
import { bodyOf } from "../../actors/records.ts";
import { ranked, type Standings, standingsProjection } from "../../actors/standings/standings.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import type { RecordBody } from "../../protocol/records.ts";
import type { Standing } from "../../protocol/standing.ts";
import type { WeightVector } from "../../protocol/weights.ts";
import type { Clock, Timer } from "../../runtime/ports/index.ts";

export interface RoundResult {
  round: number;
  standings: Standing[];
  weights: { epoch: number | null; set: boolean; reason?: string };
  vector: WeightVector | undefined;
}

export interface WatchOptions {
  ledger: Ledger;
  subnet: LoadedSubnet;
  clock: Clock;
  /** Events before this one are of earlier runs: folded, not told. */
  since: number;
  signal: AbortSignal;
  onOpen: (opened: RecordBody<"round.opened">) => void;
  onJob: (concluded: RecordBody<"job.concluded">) => void;
}

/** Weights follow a closed round within a block or two; this long after it they are not coming. */
const WEIGHTS_WAIT_MS = 20_000;

/** Yields each round that closed, once its weights were set or refused. */
export async function* watchRounds(options: WatchOptions): AsyncGenerator<RoundResult> {
  const { ledger, subnet, clock, since, signal } = options;
  const projection = standingsProjection(subnet);
  let standings: Standings = structuredClone(projection.initial);
  let vector: WeightVector | undefined;
  let after = 0;
  /** The closed round whose weights are awaited. */
  let closedRound: number | undefined;
  let patience: Timer | undefined;
  const result = (weights: RoundResult["weights"]): RoundResult => {
    const round = closedRound ?? 0;
    closedRound = undefined;
    patience?.cancel();
    return { round, standings: ranked(standings), weights, vector };
  };
  while (!signal.aborted) {
    const late = new AbortController();
    const following = AbortSignal.any([signal, late.signal]);
    const name = subnet.definition.name;
    for await (const event of followLedger({ ledger, clock, after, subnet: name, signal: following })) {
      after = event.seq;
      const closed = bodyOf(event, "round.closed");
      if (closed !== undefined && closedRound !== undefined) {
        yield result({ epoch: null, set: false, reason: "the next round closed first" });
      }
      standings = projection.fold(standings, event);
      vector = bodyOf(event, "weights.decided")?.vector ?? vector;
      if (event.seq <= since) continue;
      const opened = bodyOf(event, "round.opened");
      if (opened !== undefined) options.onOpen(opened);
      const concluded = bodyOf(event, "job.concluded");
      if (concluded !== undefined) options.onJob(concluded);
      if (closed !== undefined) {
        closedRound = closed.round;
        patience = clock.after(WEIGHTS_WAIT_MS, () => late.abort());
      }
      const set = bodyOf(event, "weights.set");
      if (set !== undefined && set.round === closedRound) yield result({ epoch: set.epoch, set: true });
      const refused = bodyOf(event, "weights.refused");
      if (refused !== undefined && refused.round === closedRound) {
        yield result({ epoch: refused.epoch, set: false, reason: refused.reason });
      }
    }
    if (closedRound !== undefined && !signal.aborted) {
      yield result({ epoch: null, set: false, reason: "no weights were set in time" });
    }
  }
}
