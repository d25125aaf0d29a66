/** The key that may do anything: on a devnet, //Alice unless the genesis says otherwise. */
import { call } from "../../declare/calls.ts";
import { option } from "../../declare/collections.ts";
import type { CallContext } from "../../declare/context.ts";
import { ensure, errorsOf } from "../../declare/errors.ts";
import { event, eventsOf } from "../../declare/events.ts";
import { accountId, multiAddress } from "../../declare/known-types.ts";
import type { Pallet } from "../../declare/pallet.ts";
import { storageOf } from "../../declare/storage.ts";
import { lookup } from "../balances/pallet.ts";
import { dispatchResult, resultOf, weight } from "../dispatch-types.ts";
import { runtimeCall } from "../runtime-types.ts";

const { value } = storageOf("Sudo");
export const SudoKey = value("Key", { type: accountId });

const errors = errorsOf("Sudo", 12, "pallet_sudo::pallet::Error", { RequireSudo: 0 });

const events = eventsOf("Sudo", "pallet_sudo::pallet::Event", {
  Sudid: [0, { sudo_result: dispatchResult }],
  KeyChanged: [1, { old: option(accountId), new: accountId }],
  KeyRemoved: [2],
  SudoAsDone: [3, { sudo_result: dispatchResult }],
});

function requireSudo(context: CallContext): void {
  if (context.origin.kind === "root") return;
  ensure(context.signer() === context.state.get(SudoKey), errors, "RequireSudo");
}

export const sudoPallet: Pallet = {
  name: "Sudo",
  index: 12,
  storage: [SudoKey],
  calls: {
    path: "pallet_sudo::pallet::Call",
    calls: [
      call({
        name: "sudo",
        index: 0,
        args: { call: runtimeCall },
        run(context, { call: inner }) {
          requireSudo(context);
          const result = resultOf(context.dispatch(inner, { kind: "root" }));
          context.emit(event(events, "Sudid", { sudo_result: result }));
        },
      }),
      call({
        name: "sudo_unchecked_weight",
        index: 1,
        args: { call: runtimeCall, weight },
        run(context, { call: inner }) {
          requireSudo(context);
          const result = resultOf(context.dispatch(inner, { kind: "root" }));
          context.emit(event(events, "Sudid", { sudo_result: result }));
        },
      }),
      call({
        name: "set_key",
        index: 2,
        args: { new: multiAddress },
        run(context, { new: next }) {
          requireSudo(context);
          const old = context.state.get(SudoKey);
          const key = lookup(next);
          context.state.put(SudoKey, key);
          context.emit(event(events, "KeyChanged", { old, new: key }));
        },
      }),
      call({
        name: "sudo_as",
        index: 3,
        args: { who: multiAddress, call: runtimeCall },
        run(context, { who, call: inner }) {
          requireSudo(context);
          const result = resultOf(context.dispatch(inner, { kind: "signed", who: lookup(who) }));
          context.emit(event(events, "SudoAsDone", { sudo_result: result }));
        },
      }),
      call({
        name: "remove_key",
        index: 4,
        args: {},
        run(context) {
          requireSudo(context);
          context.state.kill(SudoKey);
          context.emit(event(events, "KeyRemoved", undefined));
        },
      }),
    ],
  },
  events,
  errors,
  constants: [],
  simplifications: [],
};
