/** A subnet's metagraph in one call that asks for what is needed and nothing else. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { Metagraph, Neuron } from "../../protocol/metagraph.ts";
import { Account, Big, Whole } from "./numbers.ts";
import type { StateReader } from "./state.ts";

/** Places of the fields in `SelectiveMetagraphIndex`. */
const FIELDS = {
  hotkeys: 52,
  coldkeys: 53,
  active: 56,
  validator_permit: 57,
  last_update: 59,
  emission: 60,
  dividends: 61,
  incentives: 62,
  consensus: 63,
  block_at_registration: 66,
  total_stake: 69,
} as const;

const Selective = z.object({
  hotkeys: z.array(Account).max(4_096),
  coldkeys: z.array(Account),
  active: z.array(z.boolean()),
  validator_permit: z.array(z.boolean()),
  last_update: z.array(Whole),
  emission: z.array(Whole),
  dividends: z.array(Whole),
  incentives: z.array(Whole),
  consensus: z.array(Whole),
  block_at_registration: z.array(Whole),
  total_stake: z.array(Big),
});

const RAO = 1e9;

/** Fails with `not-found` for a subnet that does not exist. */
export async function readMetagraph(
  state: StateReader,
  netuid: number,
  at: { block: number; hash: string },
): Promise<Metagraph> {
  const [answer, { trust }] = await Promise.all([
    state.call("SubnetInfoRuntimeApi", "get_selective_metagraph", netuid, Object.values(FIELDS)),
    state.read({ trust: ["SubtensorModule", "ValidatorTrust", netuid] }),
  ]);
  if (answer === undefined || answer === null) {
    throw new Failure("not-found", `the chain has no subnet ${netuid}`, {
      meta: { netuid, block: at.block },
      hint: "Check --netuid and --network.",
    });
  }
  const graph = Selective.parse(answer);
  const trusts = z.array(Whole).catch([]).parse(trust);
  const neurons = graph.hotkeys.map(
    (hotkey, uid): Neuron => ({
      uid,
      hotkey,
      coldkey: graph.coldkeys[uid] ?? hotkey,
      stake: Number(graph.total_stake[uid] ?? 0n) / RAO,
      validatorPermit: graph.validator_permit[uid] ?? false,
      registeredAt: graph.block_at_registration[uid] ?? 0,
      lastUpdate: graph.last_update[uid] ?? 0,
      active: graph.active[uid] ?? false,
      incentive: graph.incentives[uid] ?? 0,
      dividends: graph.dividends[uid] ?? 0,
      consensus: graph.consensus[uid] ?? 0,
      validatorTrust: trusts[uid] ?? 0,
      emissionRao: graph.emission[uid] ?? 0,
    }),
  );
  return { netuid, block: at.block, hash: at.hash, neurons };
}
