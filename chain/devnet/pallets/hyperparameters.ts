/** Hyperparameters by name, for the genesis and for `devnet_set`: written into the state as they are, without the chain's bounds. */
import { Failure } from "../../../protocol/failure.ts";
import { type AnyType, type BlockContext, encode, type StorageItem } from "../declare/index.ts";
import { S } from "./subtensor/storage.ts";
import { netuidsOf, ROOT, subnetExists } from "./subtensor/subnets.ts";
import { AllowLoopback } from "./subtensor/switches.ts";
import { applyTempo } from "./subtensor/tempo-control.ts";
import { FeeRate } from "./swap/pallet.ts";

/** Names as `get_subnet_hyperparams_v3` has them where it has them. */
const OF_SUBNET = {
  activity_cutoff_factor: S.ActivityCutoffFactorMilli,
  adjustment_alpha: S.AdjustmentAlpha,
  adjustment_interval: S.AdjustmentInterval,
  alpha_sigmoid_steepness: S.AlphaSigmoidSteepness,
  bonds_moving_avg: S.BondsMovingAverage,
  bonds_penalty: S.BondsPenalty,
  bonds_reset_enabled: S.BondsResetOn,
  burn: S.Burn,
  burn_half_life: S.BurnHalfLife,
  commit_reveal_period: S.RevealPeriodEpochs,
  commit_reveal_weights_enabled: S.CommitRevealWeightsEnabled,
  fee_rate: FeeRate,
  immune_owner_uids_limit: S.ImmuneOwnerUidsLimit,
  immunity_period: S.ImmunityPeriod,
  kappa: S.Kappa,
  liquid_alpha_enabled: S.LiquidAlphaOn,
  max_allowed_uids: S.MaxAllowedUids,
  max_allowed_validators: S.MaxAllowedValidators,
  max_burn: S.MaxBurn,
  max_regs_per_block: S.MaxRegistrationsPerBlock,
  max_validators: S.MaxAllowedValidators,
  max_weights_limit: S.MaxWeightsLimit,
  mechanism_count: S.MechanismCountCurrent,
  min_allowed_uids: S.MinAllowedUids,
  min_allowed_weights: S.MinAllowedWeights,
  min_burn: S.MinBurn,
  min_non_immune_uids: S.MinNonImmuneUids,
  owner_cut_enabled: S.OwnerCutEnabled,
  registration_allowed: S.NetworkRegistrationAllowed,
  rho: S.Rho,
  serving_rate_limit: S.ServingRateLimit,
  subnet_emission_enabled: S.SubnetEmissionEnabled,
  subtoken_enabled: S.SubtokenEnabled,
  target_regs_per_interval: S.TargetRegistrationsPerInterval,
  transfers_enabled: S.TransferToggle,
  weights_rate_limit: S.WeightsSetRateLimit,
  weights_version: S.WeightsVersionKey,
  yuma3_enabled: S.Yuma3On,
} as const;

const OF_CHAIN = {
  admin_freeze_window: S.AdminFreezeWindow,
  allow_loopback: AllowLoopback,
  ck_burn: S.CKBurn,
  commit_reveal_version: S.CommitRevealWeightsVersion,
  max_childkey_take: S.MaxChildkeyTake,
  max_delegate_take: S.MaxDelegateTake,
  max_epochs_per_block: S.MaxEpochsPerBlock,
  max_mechanism_count: S.MaxMechanismCount,
  min_childkey_take: S.MinChildkeyTake,
  min_delegate_take: S.MinDelegateTake,
  network_lock_reduction_interval: S.NetworkLockReductionInterval,
  network_min_lock_cost: S.NetworkMinLockCost,
  network_rate_limit: S.NetworkRateLimit,
  nominator_min_required_stake: S.NominatorMinRequiredStake,
  owner_hyperparam_rate_limit: S.OwnerHyperparamRateLimit,
  pending_childkey_cooldown: S.PendingChildKeyCooldown,
  stake_threshold: S.StakeThreshold,
  start_call_delay: S.StartCallDelay,
  subnet_limit: S.SubnetLimit,
  subnet_owner_cut: S.SubnetOwnerCut,
  tao_weight: S.TaoWeight,
  tx_childkey_take_rate_limit: S.TxChildkeyTakeRateLimit,
  tx_delegate_take_rate_limit: S.TxDelegateTakeRateLimit,
  tx_rate_limit: S.TxRateLimit,
  weights_version_key_rate_limit: S.WeightsVersionKeyRateLimit,
} as const;

export interface Change {
  name: string;
  /** Without it the one subnet there is, if there is only one. */
  netuid?: number | undefined;
  value: unknown;
}

/** Sets one. Fails with `not-found` for a name or subnet that is not known, and with `malformed` for a value that does not fit. */
export function setHyperparameter(context: BlockContext, { name, netuid, value }: Change): void {
  const known = name.replaceAll(/([a-z\d])([A-Z])/g, "$1_$2").toLowerCase();
  if (Object.hasOwn(OF_CHAIN, known)) {
    const item = OF_CHAIN[known as keyof typeof OF_CHAIN] as unknown as ChainItem;
    context.state.put(item, fitted(known, item, value));
    return;
  }
  if (known === "tempo") {
    applyTempo(context, subnetOf(context, known, netuid), fitted(known, asItem(S.Tempo), value) as number);
    return;
  }
  if (!Object.hasOwn(OF_SUBNET, known)) {
    throw new Failure("not-found", `there is no hyperparameter ${name.slice(0, 64)}`, {
      meta: { name: name.slice(0, 64) },
      hint: hintFor(known),
    });
  }
  const item = asItem(OF_SUBNET[known as keyof typeof OF_SUBNET]);
  context.state.put(item, subnetOf(context, known, netuid), fitted(known, item, value));
}

/** The names that share a word with the one that was meant, or all. */
function hintFor(meant: string): string {
  const names = ["tempo", ...Object.keys(OF_SUBNET), ...Object.keys(OF_CHAIN)];
  const words = meant.split("_").filter((word) => word.length > 3);
  const near = names.filter((name) => words.some((word) => name.includes(word) || word.includes(name)));
  return near.length > 0 ? `Near it are ${near.join(", ")}.` : `Known are ${names.join(", ")}.`;
}

type Value = boolean | number | bigint;
type SubnetItem = StorageItem<[number], Value, Value>;
type ChainItem = StorageItem<[], Value, Value>;
const asItem = (item: { value: AnyType }): SubnetItem => item as unknown as SubnetItem;

function subnetOf(context: BlockContext, name: string, given: number | undefined): number {
  const others = netuidsOf(context).filter((netuid) => netuid !== ROOT);
  const netuid = given ?? (others.length === 1 ? others[0] : undefined);
  if (netuid === undefined) {
    throw new Failure("malformed", `${name} is a subnet's: say which netuid`, {
      meta: { name, subnets: others.join(", ") },
    });
  }
  if (subnetExists(context, netuid)) return netuid;
  throw new Failure("not-found", `there is no subnet ${netuid}`, {
    meta: { netuid, subnets: others.join(", ") },
  });
}

/** The value as the item stores it: a whole number (beyond 2⁵³ as a decimal string) or true and false. */
function fitted(name: string, item: SubnetItem | ChainItem, value: unknown): Value {
  const wanted = typeof item.fallback;
  const parsed = wanted === "bigint" ? wholeNumber(value) : value;
  try {
    if (typeof parsed === wanted) {
      encode(item.value, parsed as Value);
      return parsed as Value;
    }
  } catch {
    // It does not fit: told below, with what would.
  }
  throw new Failure("malformed", `${name} does not take ${JSON.stringify(value)?.slice(0, 64)}`, {
    meta: { name },
    hint: `It is ${wanted === "boolean" ? "true or false" : "a whole number within the chain's own bounds for it"}, now ${item.fallback} by default.`,
  });
}

function wholeNumber(value: unknown): unknown {
  if (typeof value === "number" && Number.isSafeInteger(value)) return BigInt(value);
  return typeof value === "string" && /^\d{1,20}$/.test(value) ? BigInt(value) : value;
}
