/** A dry run of the weight-setter: what it would set now, how and when, and what the chain would say. */

import { standingsProjection } from "../../actors/standings/standings.ts";
import { decideWeights } from "../../actors/weight-setter/decide.ts";
import { resolveHotkeys } from "../../actors/weight-setter/resolve.ts";
import { openChain } from "../../chain/client/open-chain.ts";
import { loadSigner } from "../../chain/keys/index.ts";
import { planWeights, type WeightPlan } from "../../chain/weight-setting/plan.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Metagraph } from "../../protocol/metagraph.ts";
import type { WeightRules } from "../../protocol/weight-setting.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { createDial } from "../../runtime/ports/web-socket.ts";
import { loadSubnet } from "../node/subnets.ts";
import { silentLogger } from "../terminal/cli-logger.ts";
import { table } from "../terminal/table.ts";
import { openThere } from "./open-there.ts";
import type { WeightsOptions } from "./options.ts";
import type { Report, WeightsVerb } from "./verb.ts";

export const plan: WeightsVerb = async (options): Promise<Report> => {
  const hotkey = await hotkeyOf(options);
  const subnet = await loadSubnet(options.subnet, { params: options.params });
  const clock = createSystemClock();
  const ledger = await openThere(options.ledger);
  const { chain, connection } = openChain({
    network: options.network,
    ...{ dial: createDial(), clock, rng: createSystemRng(), log: silentLogger, metrics: createMetrics() },
  });
  try {
    const { netuid } = options;
    await connection.ready({ deadlineMs: CONNECT_MS });
    const rules = await chain.weights.rules({ netuid, hotkey });
    const metagraph = await chain.metagraph(netuid);
    const { state: standings } = await ledger.project(standingsProjection(subnet));
    const decision = decideWeights(subnet, standings, metagraph);
    if (decision.vector === null) {
      return {
        ok: false,
        text: `Nothing would be set: ${decision.reason}.`,
        json: { block: rules.block, set: false, reason: decision.reason },
      };
    }
    const versionKey = BigInt(options.versionKey ?? subnet.definition.version);
    const { vector } = resolveHotkeys({ vector: decision.vector }, metagraph);
    const planned = planWeights({ rules, row: vector, versionKey, netuid });
    return report(planned, rules, metagraph);
  } finally {
    await Promise.all([ledger.close(), chain.close()]);
  }
};

async function hotkeyOf({ hotkey }: WeightsOptions): Promise<string> {
  if (hotkey === undefined) {
    throw new Failure("config", "weights plan asks for a hotkey", {
      hint: "Give it with --hotkey FILE, or //Name for tests.",
    });
  }
  return (await loadSigner(hotkey)).hotkey;
}

/** A person waits. */
const CONNECT_MS = 10_000;
const METHODS = {
  set: "set in the open",
  hash: "committed by hash",
  timelock: "committed by timelock",
} as const;

function report(planned: WeightPlan, rules: WeightRules, metagraph: Metagraph): Report {
  const { method, why, row, block, waitMs, reveal, problems } = planned;
  const total = row.values.reduce((sum, value) => sum + value, 0);
  const hotkeyOf = new Map(metagraph.neurons.map((neuron) => [neuron.uid, neuron.hotkey]));
  const rows = row.uids
    .map((uid, at) => ({ uid, value: row.values[at] ?? 0, hotkey: hotkeyOf.get(uid) ?? "" }))
    .sort((a, b) => b.value - a.value || a.uid - b.uid);
  const lines = [
    table(
      [
        { name: "uid", align: "right", cell: ({ uid }) => `${uid}` },
        { name: "hotkey", cell: ({ hotkey }) => hotkey },
        { name: "weight", align: "right", cell: ({ value }) => `${value}` },
        {
          name: "share",
          align: "right",
          cell: ({ value }) => `${((100 * value) / Math.max(1, total)).toFixed(2)} %`,
        },
      ],
      rows,
    ),
    "",
    `Would be ${METHODS[method]}: ${why}.`,
    waitMs === 0
      ? `Now: the next block is ${block}.`
      : `At block ${block}, in ${Math.ceil(waitMs / 1_000)} s: the last update was at block ${rules.lastUpdate} and the limit is ${rules.rateLimit} blocks.`,
    ...(reveal === null ? [] : [`Known from block ${reveal.block} on.`]),
    ...(problems.length === 0
      ? ["The chain would take it: every check passes."]
      : ["The chain would refuse it:", ...problems.map((problem) => `  ${problem.toLine()}`)]),
  ];
  return {
    ok: problems.length === 0,
    text: lines.join("\n"),
    json: {
      ...{ head: rules.block, set: problems.length === 0, method, why, block, waitMs, reveal, row },
      problems: problems.map((problem) => problem.toWire()),
    },
  };
}
