/** The checks that every protocol shares, cheapest first: time, sender, signature, replay. */
import type { Clock } from "../../runtime/ports/clock.ts";
import { mustBeFresh, type Window } from "./freshness.ts";
import { refusal } from "./refusal.ts";
import { mustOutlast, type ReplayCache } from "./replay-cache.ts";

export interface Verifier {
  clock: Clock;
  /** One for all requests to this server, whatever their protocol. */
  replay: ReplayCache;
  /** Senders whose requests count, e.g. the registered hotkeys. Strangers cost no signature check and no memory. */
  knows: (hotkey: string) => boolean;
}

export interface Claim {
  sender: string;
  /** The request's time by the sender's clock, in milliseconds. */
  at: number;
  /** What makes the request unique among those of its sender. */
  id: string;
  /** Whether the signature is the sender's. */
  signed: () => Promise<boolean>;
  /** What a request with another signature did wrong, as a rule. */
  hint: string;
}

/** Accepts a claim, once. Fails with the reason, and with `config` when the replay cache forgets too early. */
export async function admit(claim: Claim, window: Window, { clock, replay, knows }: Verifier): Promise<void> {
  mustOutlast(replay, window.maxAgeMs + window.maxSkewMs);
  const { sender: hotkey, at, id } = claim;
  mustBeFresh(at, window, clock);
  if (!knows(hotkey))
    throw refusal("unknown-sender", "The hotkey is not known here", {
      hint: "Register it on this subnet.",
      meta: { hotkey },
    });
  if (!(await claim.signed()))
    throw refusal("bad-signature", "The signature is not that of the hotkey and this request", {
      hint: claim.hint,
    });
  // Last, so that nobody can use up the room, or another's nonces, without a signature.
  replay.accept({ hotkey, id, at });
}
