import { blake2b256 } from "../../../scale/hash.ts";
import { toHex } from "../../../scale/hex.ts";
import { call } from "../../declare/calls.ts";
import { bytes } from "../../declare/collections.ts";
import { errorsOf } from "../../declare/errors.ts";
import { event, eventsOf } from "../../declare/events.ts";
import { accountId, h256 } from "../../declare/known-types.ts";
import { bool } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";
import { dispatchError, dispatchEventInfo } from "../dispatch-types.ts";
import { systemConstants } from "./constants.ts";
import { SystemStorage } from "./storage.ts";

export const systemEvents = eventsOf("System", "frame_system::pallet::Event", {
  ExtrinsicSuccess: [0, { dispatch_info: dispatchEventInfo }],
  ExtrinsicFailed: [1, { dispatch_error: dispatchError, dispatch_info: dispatchEventInfo }],
  CodeUpdated: [2],
  NewAccount: [3, { account: accountId }],
  KilledAccount: [4, { account: accountId }],
  Remarked: [5, { sender: accountId, hash: h256 }],
  UpgradeAuthorized: [6, { code_hash: h256, check_version: bool }],
  RejectedInvalidAuthorizedUpgrade: [7, { code_hash: h256, error: dispatchError }],
});

const errors = errorsOf("System", 0, "frame_system::pallet::Error", {
  InvalidSpecName: 0,
  SpecVersionNeedsToIncrease: 1,
  FailedToExtractRuntimeVersion: 2,
  NonDefaultComposite: 3,
  NonZeroRefCount: 4,
  CallFiltered: 5,
  MultiBlockMigrationsOngoing: 6,
  NothingAuthorized: 7,
  Unauthorized: 8,
});

/** The system pallet; `apis` are the runtime APIs as its version lists them. */
export const systemPallet = (apis: readonly [`0x${string}`, number][]): Pallet => ({
  name: "System",
  index: 0,
  storage: Object.values(SystemStorage),
  calls: {
    path: "frame_system::pallet::Call",
    calls: [
      call({ name: "remark", index: 0, args: { remark: bytes }, run: (context) => void context.signer() }),
      call({
        name: "remark_with_event",
        index: 7,
        args: { remark: bytes },
        run(context, { remark }) {
          const sender = context.signer();
          context.emit(event(systemEvents, "Remarked", { sender, hash: toHex(blake2b256(remark)) }));
        },
      }),
    ],
  },
  events: systemEvents,
  errors,
  constants: systemConstants(apis),
  simplifications: [
    "Of the system's calls only remark and remark_with_event are there: the runtime cannot be upgraded.",
    "Weights are counted for fees only: a block is never full, and the state root is a commitment, not a Merkle root.",
  ],
});
