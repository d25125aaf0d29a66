/** The devnet's own beacon: rounds numbered and timed as quicknet's, on the chain's clock, signed with a key that everybody knows. */
import { createHash } from "node:crypto";
import { QUICKNET, roundAt } from "../../../timelock/beacon.ts";
import { type BeaconKey, beaconKey } from "../../../timelock/beacon-key.ts";
import { type BlockContext, event } from "../../declare/index.ts";
import { CommitmentOf, TimelockedIndex } from "../commitments/storage.ts";
import { S } from "../subtensor/storage.ts";
import type { At } from "../subtensor/subnets.ts";
import { drandEvents } from "./events.ts";
import { BeaconConfig, LastStoredRound, OldestStoredRound, Pulses, QUICKNET_CONFIG } from "./storage.ts";
import type { BeaconConfiguration } from "./types.ts";

const sha256 = (bytes: Uint8Array | string): Uint8Array =>
  new Uint8Array(createHash("sha256").update(bytes).digest());

/** Of `ownKey`, written down: working it out takes a tenth of a second, at every start. */
const OWN_PUBLIC_KEY = new Uint8Array(
  Buffer.from(
    "9221e4b8928b0639fb14d40a36618ab81e04afadd461dc7589b95f13b51b711195e2181086d6aa183e9188adf55efaf0" +
      "1831ca5b4211276c335488e56565d229f531d02aedb5f08350c0e6e7a4cdbf59e63e5e4bcac6b217142aba163180fc3e",
    "hex",
  ),
);

let made: BeaconKey | undefined;
/** Made when a round is to be signed. */
export const ownKey = (): BeaconKey =>
  (made ??= beaconKey({
    seed: sha256("orrery devnet beacon"),
    periodMs: QUICKNET.periodMs,
    genesisMs: QUICKNET.genesisMs,
  }));

export const ownConfig = (): BeaconConfiguration => ({
  ...QUICKNET_CONFIG,
  public_key: OWN_PUBLIC_KEY,
  hash: sha256(OWN_PUBLIC_KEY),
  group_hash: sha256(OWN_PUBLIC_KEY),
  metadata: { beacon_id: new TextEncoder().encode("orrery-devnet") },
});

/** Pulses kept; the chain keeps those of a week. */
const MAX_PULSES = 1_024;

/**
 * Goes on to the round of this block's time. Signing costs milliseconds, so that only the rounds are signed for which a commit
 * or a commitment waits.
 */
export function signDueRounds(context: BlockContext): void {
  const { state, now } = context;
  if (Buffer.compare(state.get(BeaconConfig).public_key, OWN_PUBLIC_KEY) !== 0) return;
  const round = BigInt(roundAt(QUICKNET, now));
  if (round <= state.get(LastStoredRound)) return;
  state.put(LastStoredRound, round);
  const due = waitedFor(context).filter((waited) => waited <= round && !state.has(Pulses, waited));
  for (const waited of due) writePulse(context, waited, ownKey().sign(waited));
  if (due.length > 0) context.emit(event(drandEvents, "NewPulse", { rounds: due }));
}

export function writePulse({ state }: BlockContext, round: bigint, signature: Uint8Array): void {
  state.put(Pulses, round, { round, randomness: sha256(signature), signature });
  const rounds = state
    .entries(Pulses)
    .map(({ keys: [kept] }) => kept)
    .sort((a, b) => (a < b ? -1 : 1));
  for (const old of rounds.slice(0, -MAX_PULSES)) state.kill(Pulses, old);
  state.put(OldestStoredRound, rounds[Math.max(0, rounds.length - MAX_PULSES)]!);
}

/** Rounds of all sealed commits and commitments that the chain holds, ascending. */
function waitedFor({ state }: At): bigint[] {
  const commits = state
    .entries(S.TimelockedWeightCommits)
    .flatMap(({ value }) => value.map(([, , , round]) => round));
  const commitments = state
    .get(TimelockedIndex)
    .flatMap(([netuid, who]) => state.get(CommitmentOf, netuid, who)?.info.fields ?? [])
    .flatMap((field) => (field.type === "TimelockEncrypted" ? [field.value.reveal_round] : []));
  return [...new Set([...commits, ...commitments])].sort((a, b) => (a < b ? -1 : 1));
}
