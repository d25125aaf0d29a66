/** A runtime of three pallets for the node's own tests: what the node does must not depend on what the chain does. */
import { Failure } from "../../../protocol/failure.ts";
import {
  call,
  errorsOf,
  event,
  eventsOf,
  FREE,
  InvalidTransaction,
  moduleError,
  type Pallet,
  storageOf,
  u16,
  u64,
} from "../declare/index.ts";
import { runtimeCall, runtimeEvent } from "../pallets/runtime-types.ts";
import { systemEvents, systemPallet } from "../pallets/system/pallet.ts";
import { SystemStorage } from "../pallets/system/storage.ts";
import { Now, timestampPallet } from "../pallets/timestamp/pallet.ts";
import { NODE_APIS, versionList } from "./api-versions.ts";
import type { Runtime } from "./runtime.ts";

const storage = storageOf("Numbers");
export const Stored = storage.value("Stored", { type: u64, fallback: 0n });
export const Level = storage.value("Level", { type: u16, fallback: 1 });

const errors = errorsOf("Numbers", 200, "pallet_numbers::pallet::Error", { Odd: 0 });
const events = eventsOf("Numbers", "pallet_numbers::pallet::Event", { Put: [0, u64] });

/** Values that the transaction extensions refuse. */
export const REFUSED = 666n;
const FEE = 1_000n;

const numbers: Pallet = {
  name: "Numbers",
  index: 200,
  storage: [Stored, Level],
  calls: {
    path: "pallet_numbers::pallet::Call",
    calls: [
      call({
        name: "put",
        index: 0,
        args: { value: u64 },
        run({ state, signer, emit }, { value }) {
          signer();
          state.put(Stored, value);
          emit(event(events, "Put", value));
          if (value % 2n === 1n) throw moduleError(errors, "Odd");
          return FREE;
        },
      }),
      call({
        name: "crash",
        index: 1,
        args: {},
        class: "Operational",
        run({ state }) {
          state.put(Stored, 13n);
          throw new TypeError("a bug");
        },
      }),
      call({ name: "elsewhere", index: 2, args: { value: u64 } }),
      call({
        name: "twice",
        index: 3,
        args: { call: runtimeCall },
        run({ dispatch, origin }, { call: inner }) {
          const failure = dispatch(inner, origin) ?? dispatch(inner, origin);
          if (failure !== undefined) throw failure;
        },
      }),
    ],
  },
  events,
  errors,
  constants: [],
  simplifications: ["Numbers are all there is."],
};

export function smallRuntime(): Runtime {
  return {
    version: {
      specName: "node-subtensor",
      implName: "node-subtensor",
      authoringVersion: 1,
      specVersion: 424,
      implVersion: 1,
      transactionVersion: 1,
      stateVersion: 1,
      apis: versionList(NODE_APIS),
    },
    pallets: [systemPallet(versionList(NODE_APIS)), timestampPallet(250), numbers],
    apis: [],
    runtimeCall,
    runtimeEvent,
    chainName: "Numbers",
    genesis: ({ state }) => state.put(Level, 2),
    initialize({ state, block }, parent) {
      state.put(SystemStorage.Number, block);
      state.put(SystemStorage.ParentHash, parent);
    },
    inherents: ({ now }) => [{ type: "Timestamp", value: { type: "set", value: { now: BigInt(now) } } }],
    finalize({ state }, events, extrinsics) {
      state.put(SystemStorage.ExtrinsicCount, extrinsics);
      state.put(
        SystemStorage.Events,
        events().map((record) => ({ ...record, topics: [] })),
      );
      if (state.get(Now) === 0n) throw new Error("no timestamp");
    },
    nonceOf: (state, who) => state.get(SystemStorage.Account, who).nonce,
    validate(_context, { call: { value } }) {
      const args = value.value as { value?: bigint };
      if (args.value === REFUSED) throw new InvalidTransaction({ custom: 6 });
    },
    feeOf: ({ tip }) => FEE + tip,
    prepare({ state }, { who }) {
      state.mutate(SystemStorage.Account, [who], (account) => ({ ...account, nonce: account.nonce + 1 }));
    },
    settle({ emit }, { failure, declared }) {
      const info = {
        weight: { ref_time: declared.refTime, proof_size: 0n },
        class: { type: declared.class, value: undefined },
        pays_fee: { type: "Yes" as const, value: undefined },
      };
      emit(
        failure === undefined
          ? event(systemEvents, "ExtrinsicSuccess", { dispatch_info: info })
          : event(systemEvents, "ExtrinsicFailed", { dispatch_error: failure.error, dispatch_info: info }),
      );
    },
    set({ state }, { name, value }) {
      if (name !== "level") throw new Failure("not-found", `no hyperparameter ${name}`);
      state.put(Level, Number(value));
    },
  };
}
