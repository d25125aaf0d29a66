/** Subtensor at spec 424, as far as the devnet simulates it: its pallets, its hooks in their order, its fees. */
import type { Hex } from "../scale/hex.ts";
import { palletApis } from "./apis/index.ts";
import {
  type BlockContext,
  type CallContext,
  event,
  InvalidTransaction,
  type Pallet,
} from "./declare/index.ts";
import { buildGenesis } from "./genesis/build-genesis.ts";
import type { Genesis } from "./genesis/genesis.ts";
import type { Keys } from "./genesis/keys.ts";
import { NODE_APIS, versionList } from "./node/api-versions.ts";
import type { Runtime, Transaction } from "./node/runtime.ts";
import { adminUtilsPallet } from "./pallets/admin-utils/pallet.ts";
import { alphaAssetsPallet } from "./pallets/alpha-assets/storage.ts";
import { auraPallet } from "./pallets/aura/pallet.ts";
import { deposit, spendable, withdraw } from "./pallets/balances/ledger.ts";
import { balancesPallet } from "./pallets/balances/pallet.ts";
import { revealCommitments } from "./pallets/commitments/commit.ts";
import { commitmentsPallet } from "./pallets/commitments/pallet.ts";
import { signDueRounds } from "./pallets/drand/beacon.ts";
import { drandPallet } from "./pallets/drand/pallet.ts";
import { setHyperparameter } from "./pallets/hyperparameters.ts";
import { NOBODY } from "./pallets/nobody.ts";
import { runtimeCall, runtimeEvent } from "./pallets/runtime-types.ts";
import { stepBlock } from "./pallets/subtensor/block-step.ts";
import { subtensorPallet } from "./pallets/subtensor/pallet.ts";
import { checkValidity } from "./pallets/subtensor/validity.ts";
import { sudoPallet } from "./pallets/sudo/pallet.ts";
import { swapPallet } from "./pallets/swap/pallet.ts";
import { BLOCK_HASH_COUNT, SPEC } from "./pallets/system/constants.ts";
import { systemEvents, systemPallet } from "./pallets/system/pallet.ts";
import { SystemStorage } from "./pallets/system/storage.ts";
import { timestampPallet } from "./pallets/timestamp/pallet.ts";
import { transactionPaymentEvents, transactionPaymentPallet } from "./pallets/transaction-payment/pallet.ts";
import { utilityPallet } from "./pallets/utility/pallet.ts";

export interface SubtensorOptions {
  genesis: Genesis;
  keys: Keys;
  /** What clients are told, and hold their timeouts against; in manual mode the step of the chain's own time. */
  slotMs: number;
}

/** Weight of an extrinsic before its call, in picoseconds. */
const BASE_REF_TIME = 108_157_000n;
/** Picoseconds for one rao. */
const REF_TIME_PER_RAO = 2_000n;

export function subtensorRuntime({ genesis, keys, slotMs }: SubtensorOptions): Runtime {
  const apis = versionList({
    ...NODE_APIS,
    ...Object.fromEntries(palletApis.map(({ name, version }) => [name, version])),
  });
  const pallets: readonly Pallet[] = [
    systemPallet(apis),
    timestampPallet(slotMs),
    auraPallet(slotMs),
    balancesPallet,
    transactionPaymentPallet,
    subtensorPallet,
    utilityPallet,
    sudoPallet,
    commitmentsPallet,
    adminUtilsPallet,
    drandPallet,
    swapPallet,
    alphaAssetsPallet,
  ];
  return {
    version: { ...SPEC, apis },
    pallets,
    apis: palletApis,
    runtimeCall,
    runtimeEvent,
    chainName: "Bittensor",
    genesis: (context) => buildGenesis(context, genesis, keys),
    initialize,
    inherents: ({ now }) => [{ type: "Timestamp", value: { type: "set", value: { now: BigInt(now) } } }],
    finalize({ state }, events, extrinsics) {
      const records = events().map((record) => ({ ...record, topics: [] }));
      state.put(SystemStorage.Events, records);
      state.put(SystemStorage.EventCount, records.length);
      state.put(SystemStorage.ExtrinsicCount, extrinsics);
    },
    nonceOf: (state, who) => state.get(SystemStorage.Account, who).nonce,
    validate,
    feeOf,
    prepare,
    settle,
    set: setHyperparameter,
  };
}

/** The hooks run by the indices of their pallets, so that what the beacon signs counts from the next block on. */
function initialize(context: BlockContext, parent: Hex): void {
  const { state, block } = context;
  state.put(SystemStorage.Number, block);
  state.put(SystemStorage.ParentHash, parent);
  state.put(SystemStorage.BlockHash, block - 1, parent);
  if (block > BLOCK_HASH_COUNT) state.kill(SystemStorage.BlockHash, block - 1 - BLOCK_HASH_COUNT);
  stepBlock(context);
  revealCommitments(context);
  signDueRounds(context);
}

function validate(context: CallContext, transaction: Transaction): void {
  const { who, call } = transaction;
  if (who === NOBODY) throw new InvalidTransaction("BadSigner");
  if (feeOf(transaction) > spendable(context.state, who, { keepAlive: true }))
    throw new InvalidTransaction("Payment");
  checkValidity(context, who, call);
}

/** Weight and length, or the tip alone for the calls of hotkeys. */
function feeOf({ declared, tip, length }: Transaction): bigint {
  if (!declared.pays) return tip;
  return (BASE_REF_TIME + declared.refTime) / REF_TIME_PER_RAO + BigInt(length) + tip;
}

function prepare(context: CallContext, { who }: Transaction, fee: bigint): void {
  const { state } = context;
  if (fee > spendable(state, who, { keepAlive: true })) throw new InvalidTransaction("Payment");
  withdraw(context, who, fee, { keepAlive: true });
  state.mutate(SystemStorage.Account, [who], (account) => ({ ...account, nonce: account.nonce + 1 }));
}

function settle(context: CallContext, ended: Parameters<Runtime["settle"]>[1]): void {
  const { transaction, declared, fee, free, failure } = ended;
  if (transaction !== undefined) {
    const { who, tip } = transaction;
    const back = free ? fee - tip : 0n;
    deposit(context, who, back);
    context.emit(event(transactionPaymentEvents, "TransactionFeePaid", { who, actual_fee: fee - back, tip }));
  }
  const info = {
    weight: { ref_time: BASE_REF_TIME + declared.refTime, proof_size: 0n },
    class: { type: declared.class, value: undefined },
    pays_fee: { type: declared.pays && !free ? ("Yes" as const) : ("No" as const), value: undefined },
  };
  context.emit(
    failure === undefined
      ? event(systemEvents, "ExtrinsicSuccess", { dispatch_info: info })
      : event(systemEvents, "ExtrinsicFailed", { dispatch_error: failure.error, dispatch_info: info }),
  );
}
