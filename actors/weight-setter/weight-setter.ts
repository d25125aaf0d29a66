/**
 * The weight-setter role: a lease-guarded singleton per (netuid, hotkey). It decides once per epoch, records the signed
 * decision together with the effect of submitting it, and submits through the outbox: a crash in between repeats the
 * submission, never the decision.
 */
import type { Chain, Signer } from "../../chain/chain.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { canonicalJson, sha256 } from "../../protocol/canonical.ts";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Json } from "../../protocol/ids.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import type { Lease } from "../../runtime/lease.ts";
import { acquireLease } from "../../runtime/lease-acquire.ts";
import type { Node } from "../../runtime/node.ts";
import type { LoadedSubnet } from "../loaded-subnet.ts";
import { appendRecord, record } from "../records.ts";
import { standingsProjection } from "../standings/standings.ts";
import { decideWeights } from "./decide.ts";

export interface WeightSetterOptions {
  node: Node;
  subnet: LoadedSubnet;
  ledger: Ledger;
  chain: Chain;
  netuid: number;
  signer: Signer;
  versionKey?: number;
}

/** Effects of one hotkey are a kind of their own: a shared ledger may hold those of others. */
const effectKind = (netuid: number, hotkey: string): string =>
  `set-weights.${netuid}.${sha256(hotkey).slice(0, 16)}`;
/** Submissions of one decision before its epoch is left without weights. */
const MAX_SUBMISSIONS = 8;

export async function startWeightSetter(options: WeightSetterOptions): Promise<void> {
  const { node, netuid, signer } = options;
  const { clock, rng, log } = node;
  const key = `weights/${netuid}/${signer.hotkey}`;
  node.supervise("weight-setter", async (stopping) => {
    const { leases } = node.transport;
    const lease = await acquireLease({ leases, key, owner: node.name, clock, rng, log, signal: stopping });
    const signal = AbortSignal.any([stopping, lease.signal]);
    try {
      node.log.info("weight lease acquired", { key, token: lease.token });
      await submitPending(options, signal);
      while (!signal.aborted) {
        await decideEpoch(options, lease, signal);
        await submitPending(options, signal);
        await nextTurn(options, signal);
      }
    } finally {
      await lease.release();
    }
  });
}

/** Decides the current epoch's weights, when a round has closed since the last decision and the chain would take them. */
async function decideEpoch(options: WeightSetterOptions, lease: Lease, signal: AbortSignal): Promise<void> {
  const { node, subnet, ledger, chain, netuid, signer } = options;
  const name = subnet.definition.name;
  const { tempo, weightsRateLimit } = await chain.params(netuid);
  const metagraph = await chain.metagraph(netuid);
  const epoch = Math.floor(metagraph.block / tempo);
  const self = metagraph.neurons.find((neuron) => neuron.hotkey === signer.hotkey);
  if (self !== undefined && self.lastUpdate > 0 && metagraph.block < self.lastUpdate + weightsRateLimit)
    return;
  const { state: standings, seq } = await ledger.project(standingsProjection(subnet));
  if (standings.round === null || signal.aborted) return;
  const { state: history } = await ledger.project(weightHistory(name));
  if (history.round === standings.round || (history.epoch ?? -1) >= epoch) return;

  const fence = { lease: lease.key, token: lease.token };
  const decision = decideWeights(subnet, standings, metagraph);
  if (decision.vector === null) {
    node.log.warn("no weights this epoch", { epoch, reason: decision.reason });
    await appendRecord(
      ledger,
      name,
      "weights.refused",
      { epoch, round: standings.round, reason: decision.reason },
      { fence },
    );
    return;
  }
  const unsigned = {
    subnet: name,
    netuid,
    epoch,
    round: standings.round,
    hotkey: signer.hotkey,
    vector: decision.vector,
    ledger: { seq, hash: await hashAt(ledger, seq) },
    metagraph: { block: metagraph.block, hash: metagraph.hash },
    at: node.clock.now(),
  };
  const signature = await signer.sign(new TextEncoder().encode(canonicalJson(unsigned)));
  const evidence = WeightEvidence.parse({ ...unsigned, signature });
  const kind = effectKind(netuid, signer.hotkey);
  await ledger.append([record(name, "weights.decided", evidence)], {
    fence,
    effects: [{ id: `${name}/${kind}/${epoch}`, kind, body: evidence as Json }],
  });
}

/** Submits what was decided and not yet set, oldest first. */
async function submitPending(options: WeightSetterOptions, signal: AbortSignal): Promise<void> {
  const { node, subnet, ledger, chain, netuid, signer, versionKey = 0 } = options;
  const name = subnet.definition.name;
  for (const effect of await ledger.effects({ kind: effectKind(netuid, signer.hotkey), limit: 16 })) {
    const parsed = WeightEvidence.safeParse(effect.body);
    if (signal.aborted) return;
    if (!parsed.success) {
      await ledger.effectFailed(effect.id, "not a weight decision");
      continue;
    }
    const { epoch, round, vector } = parsed.data;
    try {
      const { block, hash } = await chain.submitWeights({ netuid, vector, versionKey, signer, signal });
      await appendRecord(ledger, name, "weights.set", { epoch, round, block, hash });
      await ledger.effectDone(effect.id);
      node.metrics.count("orrery_weights_set_total");
      node.log.info("weights set", { epoch, block, miners: vector.uids.length });
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (signal.aborted) return;
      node.metrics.count("orrery_weights_failed_total", 1, { code: failure.code });
      node.log.warn("weights not set", { epoch, reason: failure.toLine() });
      await ledger.effectFailed(effect.id, failure.toLine());
      if (failure.retryable && effect.attempts + 1 < MAX_SUBMISSIONS) {
        await node.clock.sleep(failure.retryAfterMs ?? 1_000 * 2 ** effect.attempts, signal);
        return;
      }
      await appendRecord(ledger, name, "weights.refused", {
        epoch,
        round,
        reason: cutText(failure.toLine(), 1_000),
      });
      await ledger.effectDone(effect.id);
    }
  }
}

/** The epoch and round that were last decided or refused. */
const weightHistory = (subnet: string) => ({
  name: `weight-history/${subnet}`,
  version: 1,
  types: ["weights.decided", "weights.refused"],
  initial: { epoch: null, round: null } as { epoch: number | null; round: number | null },
  fold: (
    state: { epoch: number | null; round: number | null },
    event: { subnet: string; body: Json },
  ): { epoch: number | null; round: number | null } => {
    if (event.subnet !== subnet) return state;
    const { epoch, round } = event.body as { epoch: number; round: number };
    return { epoch, round };
  },
});

async function hashAt(ledger: Ledger, seq: number): Promise<string> {
  const [event] = await ledger.read({ after: seq - 1, limit: 1 });
  return event?.hash ?? "0".repeat(64);
}

/** Waits for the next closed round or the next epoch, whichever comes first. */
async function nextTurn(
  { node, ledger, chain, netuid }: WeightSetterOptions,
  signal: AbortSignal,
): Promise<void> {
  const { blockTimeMs } = await chain.params(netuid);
  const waited = new AbortController();
  const appended = ledger.onAppend(() => waited.abort());
  try {
    await node.clock
      .sleep(Math.max(blockTimeMs, 200), AbortSignal.any([signal, waited.signal]))
      .catch(() => {});
  } finally {
    appended.cancel();
  }
}
