import { isSignatureOfRound } from "../../../timelock/beacon.ts";
import {
  badOrigin,
  type CallContext,
  call,
  constant,
  ensure,
  errorsOf,
  event,
  multiSignature,
  option,
  type Pallet,
  u64,
} from "../../declare/index.ts";
import { writePulse } from "./beacon.ts";
import { drandEvents } from "./events.ts";
import { BeaconConfig, drandStorage, LastStoredRound, OldestStoredRound } from "./storage.ts";
import { beaconConfigurationPayload, pulsesPayload } from "./types.ts";

const errors = errorsOf("Drand", 26, "pallet_drand::pallet::Error", {
  NoneValue: 0,
  StorageOverflow: 1,
  DrandConnectionFailure: 2,
  UnverifiedPulse: 3,
  InvalidRoundNumber: 4,
  PulseVerificationError: 5,
});

/** The chain's own worker sends these without a signature; here root may, too. */
function fromOutside({ origin }: CallContext): void {
  if (origin.kind === "signed") throw badOrigin();
}

const MAX_PULSES_AT_ONCE = 50;

export const drandPallet: Pallet = {
  name: "Drand",
  index: 26,
  storage: drandStorage,
  calls: {
    path: "pallet_drand::pallet::Call",
    calls: [
      call({
        name: "write_pulse",
        index: 0,
        args: { pulses_payload: pulsesPayload, signature: option(multiSignature) },
        pays: false,
        run(context, { pulses_payload: { pulses } }) {
          fromOutside(context);
          const { state } = context;
          const { public_key: publicKey, period, genesis_time } = state.get(BeaconConfig);
          const beacon = { publicKey, periodMs: period * 1_000, genesisMs: genesis_time * 1_000 };
          const rounds: bigint[] = [];
          ensure(pulses.length <= MAX_PULSES_AT_ONCE, errors, "StorageOverflow");
          for (const { round, signature } of pulses) {
            if (!isSignatureOfRound(beacon, round, signature)) continue;
            ensure(round > state.get(LastStoredRound), errors, "InvalidRoundNumber");
            writePulse(context, round, signature);
            state.put(LastStoredRound, round);
            rounds.push(round);
          }
          if (rounds.length > 0) context.emit(event(drandEvents, "NewPulse", { rounds }));
        },
      }),
      call({
        name: "set_beacon_config",
        index: 1,
        args: { config_payload: beaconConfigurationPayload, signature: option(multiSignature) },
        pays: false,
        run(context, { config_payload: { config } }) {
          fromOutside(context);
          context.state.put(BeaconConfig, config);
          context.emit(event(drandEvents, "BeaconConfigChanged", undefined));
        },
      }),
      call({
        name: "set_oldest_stored_round",
        index: 2,
        args: { oldest_round: u64 },
        run(context, { oldest_round }) {
          context.ensureRoot();
          context.state.put(OldestStoredRound, oldest_round);
          context.emit(event(drandEvents, "SetOldestStoredRound", oldest_round));
        },
      }),
    ],
  },
  events: drandEvents,
  errors,
  constants: [constant("UnsignedPriority", u64, 1_048_576n), constant("HttpFetchTimeout", u64, 1_000n)],
  simplifications: [
    "The beacon is the devnet's own (Drand.BeaconConfig has its key): what clients seal to quicknet, whose key the Python packages carry, is accepted but never opens, unless the genesis says beacon: quicknet and somebody writes its pulses by Sudo(Drand.write_pulse).",
    "Of the beacon's rounds only those are signed for which a commit or a commitment waits; the key is the same for every devnet, so that timelocks hide nothing here.",
  ],
};
