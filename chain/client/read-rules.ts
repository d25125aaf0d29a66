/** Reads what a chain looks at before it takes weights, at one block, by whatever items this runtime has. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { ChainHead } from "../../protocol/services/chain.ts";
import type { CommitRules, EpochState, WeightRules } from "../../protocol/weight-setting.ts";
import type { OpenCommit } from "../chain.ts";
import { toHex } from "../scale/hex.ts";
import { Account, Big, Whole } from "./numbers.ts";
import type { Query, StateReader } from "./state.ts";

const MODULE = "SubtensorModule";
const U64_MAX = 2n ** 64n - 1n;

const Selective = z.object({
  hotkeys: z.array(Account).max(4_096),
  validator_permit: z.array(z.boolean()),
  last_update: z.array(Whole),
  total_stake: z.array(Big),
});
/** Places of these fields in `SelectiveMetagraphIndex`. */
const FIELDS = [52, 57, 59, 69];

const Scalars = z.object({
  exists: z.boolean(),
  neurons: Whole,
  ownerHotkey: Account,
  versionKey: Big,
  minWeights: Whole,
  maxWeight: Whole,
  rateLimit: Whole,
  threshold: Big,
  commitReveal: z.boolean(),
  commitVersion: Whole.default(0),
  revealPeriod: Whole.default(1),
  tempo: Whole,
  lastEpochBlock: Whole.optional(),
  pendingEpochAt: Whole.default(0),
  epochIndex: Whole.optional(),
  blocksSinceLastStep: Whole.default(0),
  now: Whole,
  beacon: z.object({ public_key: z.instanceof(Uint8Array), period: Whole, genesis_time: Whole }).optional(),
  lastRound: Whole.default(0),
});

const scalars = (netuid: number): Record<keyof z.infer<typeof Scalars>, Query> => ({
  exists: [MODULE, "NetworksAdded", netuid],
  neurons: [MODULE, "SubnetworkN", netuid],
  ownerHotkey: [MODULE, "SubnetOwnerHotkey", netuid],
  versionKey: [MODULE, "WeightsVersionKey", netuid],
  minWeights: [MODULE, "MinAllowedWeights", netuid],
  maxWeight: [MODULE, "MaxWeightsLimit", netuid],
  rateLimit: [MODULE, "WeightsSetRateLimit", netuid],
  threshold: [MODULE, "StakeThreshold"],
  commitReveal: [MODULE, "CommitRevealWeightsEnabled", netuid],
  commitVersion: [MODULE, "CommitRevealWeightsVersion"],
  revealPeriod: [MODULE, "RevealPeriodEpochs", netuid],
  tempo: [MODULE, "Tempo", netuid],
  lastEpochBlock: [MODULE, "LastEpochBlock", netuid],
  pendingEpochAt: [MODULE, "PendingEpochAt", netuid],
  epochIndex: [MODULE, "SubnetEpochIndex", netuid],
  blocksSinceLastStep: [MODULE, "BlocksSinceLastStep", netuid],
  now: ["Timestamp", "Now"],
  beacon: ["Drand", "BeaconConfig"],
  lastRound: ["Drand", "LastStoredRound"],
});

export async function readWeightRules(
  state: StateReader,
  options: { netuid: number; hotkey: string; at: ChainHead; blockTimeMs: number },
): Promise<WeightRules> {
  const { netuid, hotkey, at, blockTimeMs } = options;
  const [values, answer] = await Promise.all([
    state.read(scalars(netuid)),
    state.call("SubnetInfoRuntimeApi", "get_selective_metagraph", netuid, FIELDS),
  ]);
  const read = Scalars.parse(values);
  const graph = answer === undefined || answer === null ? undefined : Selective.parse(answer);
  const uid = graph?.hotkeys.indexOf(hotkey) ?? -1;
  const schedule = scheduleOf(read, at.block, netuid);
  return {
    ...{ block: at.block, hash: at.hash, at: read.now, blockTimeMs, epoch: schedule.epochIndex },
    ...{ exists: read.exists && graph !== undefined, neurons: read.neurons },
    uid: uid < 0 ? null : uid,
    owner: read.ownerHotkey === hotkey,
    permit: graph?.validator_permit[uid] ?? false,
    stakeRao: `${clamped(graph?.total_stake[uid] ?? 0n)}`,
    stakeThresholdRao: `${clamped(read.threshold)}`,
    versionKey: `${read.versionKey}`,
    ...{ minWeights: read.minWeights, maxWeight: read.maxWeight, rateLimit: read.rateLimit },
    lastUpdate: graph?.last_update[uid] ?? 0,
    commitReveal: read.commitReveal
      ? {
          ...{ version: read.commitVersion, revealPeriod: Math.max(1, read.revealPeriod), schedule },
          open: (
            await readCommits(state, {
              netuid,
              hotkey,
              epoch: schedule.epochIndex,
              revealPeriod: read.revealPeriod,
            })
          ).length,
          beacon: beaconOf(state, read),
        }
      : null,
  };
}

/** Older runtimes derived epochs from block numbers; newer ones keep them. */
function scheduleOf(read: z.infer<typeof Scalars>, block: number, netuid: number): EpochState {
  const { tempo, pendingEpochAt, blocksSinceLastStep } = read;
  const derived = Math.floor((block + netuid + 1) / (tempo + 1));
  return {
    ...{ block, tempo, pendingEpochAt, blocksSinceLastStep },
    lastEpochBlock: read.lastEpochBlock ?? Math.max(0, block - blocksSinceLastStep),
    epochIndex: read.epochIndex ?? derived,
  };
}

function beaconOf(state: StateReader, read: z.infer<typeof Scalars>): CommitRules["beacon"] {
  const { beacon, lastRound } = read;
  if (beacon === undefined || !state.types.hasCall(MODULE, "commit_timelocked_weights")) return null;
  return {
    publicKey: toHex(beacon.public_key),
    periodMs: Math.max(1, beacon.period) * 1_000,
    genesisMs: beacon.genesis_time * 1_000,
    lastRound,
  };
}

const Hashed = z.array(z.tuple([z.unknown(), Whole, Whole, Whole])).optional();
const Timelocked = z.array(z.tuple([Account, Whole, z.unknown(), Whole])).optional();
/** Epochs that are looked through for timelocked commits. */
const MAX_EPOCHS = 128;

export async function readCommits(
  state: StateReader,
  options: { netuid: number; hotkey: string; epoch: number; revealPeriod: number },
): Promise<OpenCommit[]> {
  const { netuid, hotkey, epoch } = options;
  const revealPeriod = Math.min(MAX_EPOCHS, options.revealPeriod);
  const from = Math.max(0, epoch - revealPeriod);
  // A commit in the block of an epoch that was put off counts to the epoch after.
  const epochs = Array.from({ length: epoch + 2 - from }, (_, at) => from + at);
  const values = await state.read<string>({
    hashed: [MODULE, "WeightCommits", netuid, hotkey],
    ...Object.fromEntries(
      epochs.map((each): [string, Query] => [
        `${each}`,
        [MODULE, "TimelockedWeightCommits", netuid, BigInt(each)],
      ]),
    ),
  });
  const { hashed, ...timelocked } = values;
  return [
    ...(Hashed.parse(hashed) ?? []).map(
      ([hash, of, block]): OpenCommit => ({ kind: "commit", hash: hashText(hash), epoch: of, block }),
    ),
    ...epochs.flatMap((of) =>
      (Timelocked.parse(timelocked[`${of}`]) ?? [])
        .filter(([account]) => account === hotkey)
        .map(([, block]): OpenCommit => ({ kind: "timelock", hash: undefined, epoch: of, block })),
    ),
  ];
}

function hashText(value: unknown): string {
  if (typeof value === "string") return value;
  if (value instanceof Uint8Array) return toHex(value);
  throw new Failure("provider", "a commit's hash is neither hex nor bytes", { retryable: false });
}

const clamped = (value: bigint): bigint => (value < 0n ? 0n : value > U64_MAX ? U64_MAX : value);
