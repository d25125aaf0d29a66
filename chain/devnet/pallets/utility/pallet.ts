/** Several calls in one extrinsic. */
import { call } from "../../declare/calls.ts";
import { vec } from "../../declare/collections.ts";
import { constant } from "../../declare/constants.ts";
import type { CallContext, RuntimeCall } from "../../declare/context.ts";
import { ensure, errorsOf } from "../../declare/errors.ts";
import { event, eventsOf } from "../../declare/events.ts";
import { u32 } from "../../declare/numbers.ts";
import type { Pallet } from "../../declare/pallet.ts";
import { dispatchError, dispatchResult } from "../dispatch-types.ts";
import { runtimeCall } from "../runtime-types.ts";

const MAX_CALLS = 10_922;

const errors = errorsOf("Utility", 11, "pallet_subtensor_utility::pallet::Error", {
  TooManyCalls: 0,
  InvalidDerivedAccount: 1,
});

const events = eventsOf(
  "Utility",
  "pallet_subtensor_utility::pallet::Event",
  {
    BatchInterrupted: [0, { index: u32, error: dispatchError }],
    BatchCompleted: [1],
    BatchCompletedWithErrors: [2],
    ItemCompleted: [3],
    ItemFailed: [4, { error: dispatchError }],
    DispatchedAs: [5, { result: dispatchResult }],
    IfElseMainSuccess: [6],
    IfElseFallbackCalled: [7, { main_error: dispatchError }],
  },
  {},
);

/** Stops at the first call that fails and keeps what came before. */
function batch(context: CallContext, calls: readonly RuntimeCall[]): void {
  for (const [index, inner] of calls.entries()) {
    const failure = context.dispatch(inner, context.origin);
    if (failure !== undefined) {
      context.emit(event(events, "BatchInterrupted", { index, error: failure.error }));
      return;
    }
    context.emit(event(events, "ItemCompleted", undefined));
  }
  context.emit(event(events, "BatchCompleted", undefined));
}

/** All or nothing. */
function batchAll(context: CallContext, calls: readonly RuntimeCall[]): void {
  for (const inner of calls) {
    const failure = context.dispatch(inner, context.origin);
    if (failure !== undefined) throw failure;
    context.emit(event(events, "ItemCompleted", undefined));
  }
  context.emit(event(events, "BatchCompleted", undefined));
}

/** Goes on after a failure. */
function forceBatch(context: CallContext, calls: readonly RuntimeCall[]): void {
  let failed = false;
  for (const inner of calls) {
    const failure = context.dispatch(inner, context.origin);
    failed ||= failure !== undefined;
    context.emit(
      failure === undefined
        ? event(events, "ItemCompleted", undefined)
        : event(events, "ItemFailed", { error: failure.error }),
    );
  }
  context.emit(event(events, failed ? "BatchCompletedWithErrors" : "BatchCompleted", undefined));
}

const batchCall = (
  name: string,
  index: number,
  run: (context: CallContext, calls: readonly RuntimeCall[]) => void,
) =>
  call({
    name,
    index,
    args: { calls: vec(runtimeCall) },
    run(context, { calls }) {
      if (context.origin.kind === "none") context.signer();
      ensure(calls.length <= MAX_CALLS, errors, "TooManyCalls");
      run(context, calls);
    },
  });

export const utilityPallet: Pallet = {
  name: "Utility",
  index: 11,
  storage: [],
  calls: {
    path: "pallet_subtensor_utility::pallet::Call",
    calls: [
      batchCall("batch", 0, batch),
      batchCall("batch_all", 2, batchAll),
      batchCall("force_batch", 4, forceBatch),
    ],
  },
  events,
  errors,
  constants: [constant("batched_calls_limit", u32, MAX_CALLS)],
  simplifications: ["Of Utility there are batch, batch_all and force_batch; a batch pays a flat fee."],
};
