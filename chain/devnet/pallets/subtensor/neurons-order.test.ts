/** Registration, serving, children, takes: one error for each thing that is wrong, the chain's first of several. */
import { describeChecks } from "../../checks-in-order.fixture.ts";
import { setBalance } from "../balances/ledger.ts";
import { S } from "./storage.ts";

const MINER = "//Miner0/hot";
const AXON = {
  netuid: 1,
  version: 1,
  ip: 0x0a000001n,
  port: 8_091,
  ip_type: 4,
  protocol: 4,
  placeholder1: 0,
  placeholder2: 0,
};

describeChecks("burned_register", {
  given: (chain) => ({
    who: "//Rich",
    call: "SubtensorModule.burned_register",
    args: { netuid: 1, hotkey: chain.stranger(1) },
  }),
  checks: {
    RegistrationNotPermittedOnRootSubnet: ({ args }) => void (args.netuid = 0),
    SubnetNotExists: ({ args }) => void (args.netuid = 9),
    SubNetRegistrationDisabled: ({ chain }) => chain.set("registration_allowed", false),
    HotKeyAlreadyRegisteredInSubNet: ({ chain, args }) => void (args.hotkey = chain.account(MINER)),
    NotEnoughBalanceToStake: ({ chain }) => setBalance(chain.context, chain.account("//Rich"), 1_000n),
    NonAssociatedColdKey: ({ chain, args }) =>
      chain.state.put(S.Owner, args.hotkey as `0x${string}`, chain.account("//Val")),
    NoNeuronIdAvailable: ({ chain }) => chain.set("max_allowed_uids", 0),
  },
});

describeChecks("register_limit", {
  given: (chain) => ({
    who: "//Rich",
    call: "SubtensorModule.register_limit",
    args: { netuid: 1, hotkey: chain.stranger(1), limit_price: 1_000_000_000n },
  }),
  checks: {
    RegistrationNotPermittedOnRootSubnet: ({ args }) => void (args.netuid = 0),
    SubnetNotExists: ({ args }) => void (args.netuid = 9),
    RegistrationPriceLimitExceeded: ({ args }) => void (args.limit_price = 499_999n),
    SubNetRegistrationDisabled: ({ chain }) => chain.set("registration_allowed", false),
  },
});

describeChecks("root_register", {
  given: (chain) => ({
    who: "//Rich",
    call: "SubtensorModule.root_register",
    args: { hotkey: chain.stranger(1) },
  }),
  checks: {
    RootNetworkDoesNotExist: ({ chain }) => chain.state.put(S.NetworksAdded, 0, false),
    TooManyRegistrationsThisBlock: ({ chain }) => chain.state.put(S.RegistrationsThisBlock, 0, 64),
    TooManyRegistrationsThisInterval: ({ chain }) => chain.state.put(S.RegistrationsThisInterval, 0, 3 * 64),
    HotKeyAlreadyRegisteredInSubNet: ({ chain, args }) =>
      chain.state.put(S.Uids, 0, args.hotkey as `0x${string}`, 0),
    StakeTooLowForRoot({ chain }) {
      for (let uid = 0; uid < 64; uid++) {
        chain.state.put(S.Keys, 0, uid, chain.stranger(100 + uid));
        chain.state.put(S.Uids, 0, chain.stranger(100 + uid), uid);
      }
      chain.state.put(S.SubnetworkN, 0, 64);
    },
  },
});

describeChecks("serve_axon", {
  given: () => ({ who: MINER, call: "SubtensorModule.serve_axon", args: { ...AXON } }),
  checks: {
    HotKeyNotRegisteredInNetwork(attempt) {
      attempt.who = attempt.chain.stranger(1);
    },
    InvalidIpType: ({ args }) => void (args.ip_type = 5),
    InvalidIpAddress({ args }) {
      args.ip = args.ip_type === 5 ? 1n : 0x7f000001n;
    },
    ServingRateLimitExceeded({ chain, who, args }) {
      const block = BigInt(chain.block);
      const { netuid: _, ...axon } = { ...AXON, ...args, block };
      const hotkey = who.startsWith("0x") ? (who as `0x${string}`) : chain.account(who);
      chain.state.put(S.Axons, 1, hotkey, axon);
    },
    InvalidPort: ({ args }) => void (args.port = 0),
  },
});

describeChecks("serve_prometheus", {
  given: () => ({
    who: MINER,
    call: "SubtensorModule.serve_prometheus",
    args: { netuid: 1, version: 1, ip: 0x0a000001n, port: 9_090, ip_type: 4 },
  }),
  checks: {
    InvalidIpType: ({ args }) => void (args.ip_type = 7),
    InvalidIpAddress: ({ args }) => void (args.ip = 0n),
    HotKeyNotRegisteredInNetwork(attempt) {
      attempt.who = attempt.chain.stranger(1);
    },
    ServingRateLimitExceeded({ chain, who }) {
      const hotkey = who.startsWith("0x") ? (who as `0x${string}`) : chain.account(who);
      const block = BigInt(chain.block);
      chain.state.put(S.Prometheus, 1, hotkey, { block, version: 1, ip: 1n, port: 1, ip_type: 4 });
    },
    InvalidPort: ({ args }) => void (args.port = 0),
  },
});

describeChecks("set_children", {
  given: (chain) => ({
    who: "//Val",
    call: "SubtensorModule.set_children",
    args: { netuid: 1, hotkey: chain.account("//Val/hot"), children: [[1_000n, chain.account(MINER)]] },
  }),
  checks: {
    TxRateLimitExceeded: ({ chain, args }) =>
      chain.state.put(
        S.TransactionKeyLastBlock,
        chain.account("//Val/hot"),
        args.netuid as number,
        0,
        BigInt(chain.block),
      ),
    RegistrationNotPermittedOnRootSubnet: ({ args }) => void (args.netuid = 0),
    SubnetNotExists: ({ args }) => void (args.netuid = 9),
    NonAssociatedColdKey: (attempt) => void (attempt.who = "//Rich"),
    DuplicateChild: ({ args }) => {
      const children = args.children as unknown[];
      children.push(children[0]);
    },
    InvalidChild: ({ chain, args }) =>
      void (args.children as unknown[]).push([1n, chain.account("//Val/hot")]),
    TooManyChildren: ({ chain, args }) =>
      void (args.children as unknown[]).push(
        ...Array.from({ length: 6 }, (_, at) => [1n, chain.stranger(200 + at)]),
      ),
    ProportionOverflow: ({ chain, args }) =>
      void (args.children as unknown[]).push([2n ** 64n - 1n, chain.stranger(300)]),
    ChildParentInconsistency: ({ chain, args }) =>
      chain.state.put(S.ParentKeys, chain.account("//Val/hot"), args.netuid as number, [
        [5n, chain.account(MINER)],
      ]),
    NotEnoughStakeToSetChildkeys: ({ chain }) => chain.set("stake_threshold", "10000000000000000"),
  },
});

describeChecks("increase_take", {
  given(chain) {
    chain.state.put(S.Delegates, chain.account("//Val/hot"), 100);
    return {
      who: "//Val",
      call: "SubtensorModule.increase_take",
      args: { hotkey: chain.account("//Val/hot"), take: 200 },
    };
  },
  checks: {
    HotKeyAccountNotExists: ({ chain, args }) => void (args.hotkey = chain.stranger(1)),
    NonAssociatedColdKey: (attempt) => void (attempt.who = "//Rich"),
    DelegateTakeTooLow: ({ args }) => void (args.take = 100),
    DelegateTakeTooHigh: ({ args }) => void (args.take = 12_000),
    DelegateTxRateLimitExceeded: ({ chain }) =>
      chain.state.put(
        S.LastRateLimitedBlock,
        { type: "LastTxBlockDelegateTake", value: chain.account("//Val/hot") },
        BigInt(chain.block),
      ),
  },
});

describeChecks("set_childkey_take", {
  given: (chain) => ({
    who: "//Val",
    call: "SubtensorModule.set_childkey_take",
    args: { hotkey: chain.account("//Val/hot"), netuid: 1, take: 500 },
  }),
  checks: {
    NonAssociatedColdKey: (attempt) => void (attempt.who = "//Rich"),
    InvalidChildkeyTake: ({ args }) => void (args.take = 20_000),
    TxChildkeyTakeRateLimitExceeded: ({ chain }) =>
      chain.state.put(S.TransactionKeyLastBlock, chain.account("//Val/hot"), 1, 1, BigInt(chain.block)),
  },
});

describeChecks("set_commitment", {
  given: () => ({
    who: MINER,
    call: "Commitments.set_commitment",
    args: { netuid: 1, info: { fields: [{ type: "Raw5", value: "0x68656c6c6f" }] } },
  }),
  checks: {
    AccountNotAllowedCommit(attempt) {
      attempt.who = attempt.chain.stranger(1);
    },
    TooManyFieldsInCommitmentInfo: ({ args }) =>
      void (args.info as { fields: unknown[] }).fields.push(
        ...Array.from({ length: 3 }, () => ({ type: "None", value: undefined })),
      ),
    SpaceLimitExceeded: ({ chain }) =>
      void chain.call("root", "Commitments.set_max_space", { new_limit: 99 }),
  },
});
