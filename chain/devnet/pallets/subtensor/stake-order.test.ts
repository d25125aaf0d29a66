/** Stake and subnets: one error for each thing that is wrong, the chain's first of several. */
import { describeChecks } from "../../checks-in-order.fixture.ts";
import { oneSubnet, type TestChain } from "../../test-chain.fixture.ts";
import { setBalance } from "../balances/ledger.ts";
import { S } from "./storage.ts";

const TAO = 1_000_000_000n;
const hot = (chain: TestChain) => chain.account("//Val/hot");

describeChecks("add_stake", {
  given: (chain) => ({
    who: "//Rich",
    call: "SubtensorModule.add_stake",
    args: { hotkey: hot(chain), netuid: 1, amount_staked: 5n * TAO },
  }),
  exclusive: [
    // A subnet that does not exist has no pool to go beyond.
    ["InsufficientLiquidity", "SubnetNotExists"],
  ],
  checks: {
    InsufficientLiquidity: ({ args }) => void (args.amount_staked = 2n ** 62n),
    SubnetNotExists: ({ args }) => void (args.netuid = 9),
    SubtokenDisabled: ({ chain }) => chain.set("subtoken_enabled", false),
    AmountTooLow: ({ args }) => void (args.amount_staked = 2_000_000n),
    NotEnoughBalanceToStake: ({ chain }) => setBalance(chain.context, chain.account("//Rich"), 1_000_000n),
    HotKeyAccountNotExists: ({ chain, args }) => void (args.hotkey = chain.stranger(1)),
  },
});

describeChecks("add_stake_limit", {
  given: (chain) => ({
    who: "//Rich",
    call: "SubtensorModule.add_stake_limit",
    args: {
      hotkey: hot(chain),
      netuid: 1,
      amount_staked: 500n * TAO,
      limit_price: 10n * TAO,
      allow_partial: false,
    },
  }),
  checks: {
    PriceLimitExceeded: ({ args }) => void (args.limit_price = TAO / 2n),
    SubtokenDisabled: ({ chain }) => chain.set("subtoken_enabled", false),
    SlippageTooHigh: ({ args }) => void (args.limit_price = TAO + TAO / 10n),
    NotEnoughBalanceToStake: ({ chain }) => setBalance(chain.context, chain.account("//Rich"), 1_000_000n),
  },
});

describeChecks("remove_stake", {
  given: (chain) => ({
    who: "//Val",
    call: "SubtensorModule.remove_stake",
    args: { hotkey: hot(chain), netuid: 1, amount_unstaked: 5n * TAO },
  }),
  checks: {
    SubtokenDisabled: ({ chain }) => chain.set("subtoken_enabled", false),
    AmountTooLow: ({ args }) => void (args.amount_unstaked = 1_000n),
    HotKeyAccountNotExists: ({ chain }) => chain.state.kill(S.Owner, hot(chain)),
  },
});

describeChecks("remove_stake_limit", {
  given: (chain) => ({
    who: "//Val",
    call: "SubtensorModule.remove_stake_limit",
    args: {
      hotkey: hot(chain),
      netuid: 1,
      amount_unstaked: 500n * TAO,
      limit_price: TAO / 10n,
      allow_partial: false,
    },
  }),
  checks: {
    PriceLimitExceeded: ({ args }) => void (args.limit_price = 2n * TAO),
    NotEnoughStakeToWithdraw: ({ args }) => void (args.amount_unstaked = 5_000n * TAO),
    SlippageTooHigh: ({ args }) => void (args.limit_price = (TAO * 9n) / 10n),
    HotKeyAccountNotExists: ({ chain }) => chain.state.kill(S.Owner, hot(chain)),
  },
});

describeChecks("transfer_stake", {
  given: (chain) => ({
    who: "//Val",
    call: "SubtensorModule.transfer_stake",
    args: {
      destination_coldkey: chain.account("//Rich"),
      hotkey: hot(chain),
      origin_netuid: 1,
      destination_netuid: 1,
      alpha_amount: 5n * TAO,
    },
  }),
  checks: {
    SameNetuid: ({ chain, args }) => void (args.destination_coldkey = chain.account("//Val")),
    SubnetNotExists({ args }) {
      args.origin_netuid = 9;
      args.destination_netuid = 9;
    },
    SubtokenDisabled: ({ chain }) => chain.set("subtoken_enabled", false),
    HotKeyAccountNotExists: ({ chain }) => chain.state.kill(S.Owner, hot(chain)),
    TransferDisallowed: ({ chain }) => chain.set("transfers_enabled", false),
    AmountTooLow: ({ args }) => void (args.alpha_amount = 1_000n),
  },
});

describeChecks("recycle_alpha", {
  given: (chain) => ({
    who: "//Val",
    call: "SubtensorModule.recycle_alpha",
    args: { hotkey: hot(chain), netuid: 1, amount: 5n },
  }),
  checks: {
    SubnetNotExists: ({ args }) => void (args.netuid = 9),
    CannotBurnOrRecycleOnRootSubnet: ({ args }) => void (args.netuid = 0),
    SubtokenDisabled: ({ chain }) => chain.set("subtoken_enabled", false),
    HotKeyAccountNotExists: ({ chain }) => chain.state.kill(S.Owner, hot(chain)),
    InsufficientLiquidity: ({ chain }) => chain.state.put(S.SubnetAlphaOut, 1, 0n),
  },
});

describeChecks("register_network", {
  given: (chain) => ({
    who: "//Rich",
    call: "SubtensorModule.register_network",
    args: { hotkey: chain.stranger(1) },
  }),
  checks: {
    NonAssociatedColdKey: ({ chain, args }) => void (args.hotkey = hot(chain)),
    CannotUseSystemAccount: ({ args }) =>
      void (args.hotkey = `0x${Buffer.from("modlsubtensr").toString("hex").padEnd(64, "0")}`),
    SubNetRegistrationDisabled: ({ chain }) => chain.state.put(S.NetworkRegistrationStartBlock, 9_999n),
    NetworkTxRateLimitExceeded({ chain }) {
      chain.set("network_rate_limit", 100);
      const key = { type: "NetworkLastRegistered", value: undefined } as const;
      chain.state.put(S.LastRateLimitedBlock, key, BigInt(chain.block));
    },
    SubnetLimitReached: ({ chain }) => chain.set("subnet_limit", 1),
    CannotAffordLockCost: ({ chain }) => setBalance(chain.context, chain.account("//Rich"), 999n * TAO),
  },
});

describeChecks("start_call", {
  genesis: oneSubnet({ started: false }),
  given: () => ({ who: "//Owner", call: "SubtensorModule.start_call", args: { netuid: 1 } }),
  checks: {
    SubnetNotExists: ({ args }) => void (args.netuid = 9),
    BadOrigin: (attempt) => void (attempt.who = "//Rich"),
    FirstEmissionBlockNumberAlreadySet: ({ chain }) => chain.state.put(S.FirstEmissionBlockNumber, 1, 5n),
    NeedWaitingMoreBlocksToStarCall: ({ chain }) => chain.set("start_call_delay", 1_000),
  },
});

describeChecks("set_tempo", {
  genesis: oneSubnet({ tempo: 400 }),
  given: () => ({ who: "//Owner", call: "SubtensorModule.set_tempo", args: { netuid: 1, tempo: 500 } }),
  checks: {
    BadOrigin: (attempt) => void (attempt.who = "//Rich"),
    TempoOutOfBounds: ({ args }) => void (args.tempo = 10),
    AdminActionProhibitedDuringWeightsWindow: ({ chain }) => chain.state.put(S.AdminFreezeWindow, 1_000),
    TxRateLimitExceeded: ({ chain }) =>
      chain.state.put(S.TransactionKeyLastBlock, chain.account("//Owner"), 1, 11, BigInt(chain.block)),
  },
});

describeChecks("trigger_epoch", {
  genesis: oneSubnet({ tempo: 400 }),
  given: () => ({ who: "//Owner", call: "SubtensorModule.trigger_epoch", args: { netuid: 1 } }),
  checks: {
    BadOrigin: (attempt) => void (attempt.who = "//Rich"),
    DynamicTempoBlockedByCommitReveal: ({ chain }) => chain.set("commit_reveal_weights_enabled", true),
    EpochTriggerAlreadyPending: ({ chain }) => chain.state.put(S.PendingEpochAt, 1, 999n),
    AutoEpochAlreadyImminent: ({ chain }) => chain.state.put(S.AdminFreezeWindow, 1_000),
    TxRateLimitExceeded: ({ chain }) =>
      chain.state.put(
        S.LastRateLimitedBlock,
        { type: "OwnerHyperparamUpdate", value: [1, { type: "TriggerEpoch", value: undefined }] },
        BigInt(chain.block),
      ),
  },
});

describeChecks("sudo_set_max_burn", {
  genesis: oneSubnet({ tempo: 400 }),
  given: () => ({
    who: "//Owner",
    call: "AdminUtils.sudo_set_max_burn",
    args: { netuid: 1, max_burn: 2n * TAO },
  }),
  checks: {
    BadOrigin: (attempt) => void (attempt.who = "//Rich"),
    TxRateLimitExceeded: ({ chain }) =>
      chain.state.put(
        S.LastRateLimitedBlock,
        { type: "OwnerHyperparamUpdate", value: [1, { type: "MaxBurn", value: undefined }] },
        BigInt(chain.block),
      ),
    AdminActionProhibitedDuringWeightsWindow: ({ chain }) => chain.state.put(S.AdminFreezeWindow, 1_000),
    SubnetDoesNotExist: ({ chain }) => chain.state.put(S.NetworksAdded, 1, false),
    ValueNotInBounds: ({ args }) => void (args.max_burn = 1n),
  },
});
