/**
 * The weight-setter role: a lease-guarded singleton per (netuid, hotkey). It decides once per epoch, records the signed
 * decision together with the effect of submitting it, and submits through the outbox: a crash in between repeats the
 * submission, never the decision.
 */
import type { Chain, Signer } from "../../chain/chain.ts";
import type { Effect, Ledger } from "../../ledger/ledger.ts";
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
export const effectKind = (netuid: number, hotkey: string): string =>
  `set-weights.${netuid}.${sha256(hotkey).slice(0, 16)}`;
/** Decisions waiting at once, looked at per turn; more can only come from another release's effects. */
const MAX_PENDING = 256;
/** Submissions of one decision before its epoch is left without weights. */
const MAX_SUBMISSIONS = 8;

export async function startWeightSetter(options: WeightSetterOptions): Promise<void> {
  const { node, netuid, signer } = options;
  const { clock, rng, log } = node;
  const { leases } = node.transport;
  const key = `weights/${netuid}/${signer.hotkey}`;
  node.supervise("weight-setter", async (signal) => {
    while (!signal.aborted) {
      const lease = await acquireLease({ leases, key, owner: node.name, clock, rng, log, signal });
      log.info("weight lease acquired", { key, token: lease.token });
      try {
        await setWeights(options, lease, AbortSignal.any([signal, lease.signal]));
      } catch (thrown) {
        if (signal.aborted || !lease.signal.aborted) throw thrown;
        // Not the end of this setter: it stands in line again, behind whoever took over.
        log.warn("weight lease lost", { key, reason: Failure.from(lease.signal.reason).toLine() });
      } finally {
        await lease.release();
      }
    }
  });
}

/** Decides and submits, turn by turn, until the signal aborts; fails then. */
async function setWeights(options: WeightSetterOptions, lease: Lease, signal: AbortSignal): Promise<never> {
  // What a predecessor decided goes first.
  await submitPending(options, signal);
  for (;;) {
    await decideEpoch(options, lease, signal);
    await submitPending(options, signal);
    await options.node.clock.sleep(await turnMs(options), signal);
  }
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

/** Submits the latest decision that is not set yet. Older ones are dropped: the chain takes one set per rate limit. */
async function submitPending(options: WeightSetterOptions, signal: AbortSignal): Promise<void> {
  const { node, ledger, netuid, signer } = options;
  const pending = (await ledger.effects({ kind: effectKind(netuid, signer.hotkey), limit: MAX_PENDING })).map(
    (effect) => ({ effect, decision: WeightEvidence.safeParse(effect.body) }),
  );
  const latest = pending.findLast(({ decision }) => decision.success);
  for (const { effect, decision } of pending) {
    if (signal.aborted) return;
    if (effect === latest?.effect && decision.success) await submit(options, effect, decision.data, signal);
    else if (decision.success)
      await refuse(options, effect, decision.data, "a later decision took its place");
    else {
      node.log.error("an effect is no weight decision, and is dropped", { effect: effect.id });
      await ledger.effectDone(effect.id);
    }
  }
}

async function submit(
  options: WeightSetterOptions,
  effect: Effect,
  { epoch, round, vector }: WeightEvidence,
  signal: AbortSignal,
): Promise<void> {
  const { node, subnet, ledger, chain, netuid, signer, versionKey = 0 } = options;
  const name = subnet.definition.name;
  try {
    // Killed between the record and the end of the effect: a second set would only run into the rate limit.
    if ((await ledger.get(name, "weights.set", `${epoch}`)) === undefined) {
      const { block, hash } = await chain.submitWeights({ netuid, vector, versionKey, signer, signal });
      await appendRecord(ledger, name, "weights.set", { epoch, round, block, hash });
      node.metrics.count("orrery_weights_set_total");
      node.log.info("weights set", { epoch, block, miners: vector.uids.length });
    }
    await ledger.effectDone(effect.id);
  } catch (thrown) {
    const failure = Failure.from(thrown);
    if (signal.aborted) return;
    node.metrics.count("orrery_weights_failed_total", 1, { code: failure.code });
    node.log.warn("weights not set", { epoch, reason: failure.toLine() });
    await ledger.effectFailed(effect.id, failure.toLine());
    if (!failure.retryable || effect.attempts + 1 >= MAX_SUBMISSIONS) {
      await refuse(options, effect, { epoch, round }, failure.toLine());
    } else await node.clock.sleep(failure.retryAfterMs ?? 1_000 * 2 ** effect.attempts, signal);
  }
}

/** Records that an epoch is left without these weights, and why. */
async function refuse(
  { subnet, ledger }: WeightSetterOptions,
  effect: Effect,
  { epoch, round }: Pick<WeightEvidence, "epoch" | "round">,
  reason: string,
): Promise<void> {
  const body = { epoch, round, reason: cutText(reason, 1_000) };
  await appendRecord(ledger, subnet.definition.name, "weights.refused", body);
  await ledger.effectDone(effect.id);
}

/** The latest epoch and round that were decided or refused; a refusal of an older epoch may come after them. */
const weightHistory = (subnet: string) => ({
  name: `weight-history/${subnet}`,
  version: 2,
  types: ["weights.decided", "weights.refused"],
  initial: { epoch: null, round: null } as { epoch: number | null; round: number | null },
  fold: (
    state: { epoch: number | null; round: number | null },
    event: { subnet: string; body: Json },
  ): { epoch: number | null; round: number | null } => {
    if (event.subnet !== subnet) return state;
    const { epoch, round } = event.body as { epoch: number; round: number };
    return { epoch: Math.max(epoch, state.epoch ?? 0), round: Math.max(round, state.round ?? 0) };
  },
});

async function hashAt(ledger: Ledger, seq: number): Promise<string> {
  const [event] = await ledger.read({ after: seq - 1, limit: 1 });
  return event?.hash ?? "0".repeat(64);
}

/** A chain changes once a block: looking more often would fold the standings again at every event of a busy round. */
async function turnMs({ chain, netuid }: WeightSetterOptions): Promise<number> {
  const { blockTimeMs } = await chain.params(netuid);
  return Math.max(blockTimeMs, 200);
}
