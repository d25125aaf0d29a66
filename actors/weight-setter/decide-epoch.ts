/** Decides the current epoch's weights, when a round has closed since the last decision and the chain would take them. */
import { nextAllowedBlock } from "../../chain/weight-setting/preflight.ts";
import type { Ledger } from "../../ledger/ledger.ts";
import { canonicalJson } from "../../protocol/canonical.ts";
import type { Json } from "../../protocol/ids.ts";
import { WeightEvidence } from "../../protocol/weights.ts";
import type { Lease } from "../../runtime/lease.ts";
import { appendRecord, record } from "../records.ts";
import { standingsProjection } from "../standings/standings.ts";
import { decideWeights } from "./decide.ts";
import { effectKind, type WeightSetterOptions } from "./options.ts";

export async function decideEpoch(
  options: WeightSetterOptions,
  lease: Lease,
  signal: AbortSignal,
): Promise<void> {
  const { node, subnet, ledger, chain, netuid, signer } = options;
  const { hotkey } = signer;
  const name = subnet.definition.name;
  const rules = await chain.weights.rules({ netuid, hotkey });
  if (nextAllowedBlock(rules) > rules.block + 1) return;
  const { epoch } = rules;
  const { state: standings, seq } = await ledger.project(standingsProjection(subnet));
  if (standings.round === null || signal.aborted) return;
  const { state: history } = await ledger.project(weightHistory(name));
  if ((history.epoch ?? -1) > epoch + 1) warnOnce(options, history.epoch ?? 0, epoch);
  if (history.round === standings.round || (history.epoch ?? -1) >= epoch) return;

  const metagraph = await chain.metagraph(netuid);
  const fence = { lease: lease.key, token: lease.token };
  const decision = decideWeights(subnet, standings, metagraph);
  if (decision.vector === null) {
    node.log.warn("no weights this epoch", { epoch, reason: decision.reason });
    const body = { epoch, round: standings.round, reason: decision.reason };
    await appendRecord(ledger, name, "weights.refused", body, { fence });
    return;
  }
  const hotkeyOf = new Map(metagraph.neurons.map((neuron) => [neuron.uid, neuron.hotkey]));
  const unsigned = {
    subnet: name,
    netuid,
    epoch,
    round: standings.round,
    hotkey,
    vector: decision.vector,
    hotkeys: decision.vector.uids.map((uid) => hotkeyOf.get(uid) ?? ""),
    ledger: { seq, hash: await hashAt(ledger, seq) },
    metagraph: { block: metagraph.block, hash: metagraph.hash },
    at: node.clock.now(),
  };
  const signature = await signer.sign(new TextEncoder().encode(canonicalJson(unsigned)));
  const evidence = WeightEvidence.parse({ ...unsigned, signature });
  const kind = effectKind(netuid, hotkey);
  await ledger.append([record(name, "weights.decided", evidence)], {
    fence,
    effects: [{ id: `${name}/${kind}/${epoch}`, kind, body: evidence as Json }],
  });
}

const warned = new WeakSet<WeightSetterOptions>();

/** A devnet that began anew under an old ledger would otherwise wait in silence until its epochs have caught up. */
function warnOnce(options: WeightSetterOptions, recorded: number, epoch: number): void {
  if (warned.has(options)) return;
  warned.add(options);
  options.node.log.error("the ledger is ahead of the chain: no weights until its epoch is reached", {
    ...{ recorded, epoch },
    hint: "Another chain, or one that began anew, needs a ledger of its own: --data or --ledger.",
  });
  options.node.metrics.gauge("orrery_weights_alarm", 1, { netuid: `${options.netuid}` });
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
