/** Which hotkey holds which uid, from the chain: asked once for many enrolments, never older than allowed. */
import type { Chain } from "../../chain/chain.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/index.ts";

export interface RegistrationsOptions {
  chain: Pick<Chain, "metagraph">;
  netuid: number;
  clock: Pick<Clock, "monotonic">;
  maxAgeMs: number;
}

export class Registrations {
  readonly #options: RegistrationsOptions;
  #asked: { at: number; uids: Promise<ReadonlyMap<string, number>> } | undefined;

  constructor(options: RegistrationsOptions) {
    this.#options = options;
  }

  /** The uid of a hotkey. Fails with `unauthorised` when it is not registered, `unavailable` when the chain is away. */
  async uidOf(hotkey: string): Promise<number> {
    const uid = (await this.uids()).get(hotkey);
    if (uid !== undefined) return uid;
    throw new Failure("unauthorised", "This hotkey is not registered on the subnet", {
      meta: { hotkey, netuid: this.#options.netuid },
      hint: "Register it (btcli subnet register), wait for the next block, and enrol again.",
    });
  }

  uids(): Promise<ReadonlyMap<string, number>> {
    const now = this.#options.clock.monotonic();
    if (this.#asked === undefined || now - this.#asked.at > this.#options.maxAgeMs) {
      const asked = { at: now, uids: this.#ask() };
      this.#asked = asked;
      // A failed answer is not kept: the next enrolment asks again.
      asked.uids.catch(() => {
        if (this.#asked === asked) this.#asked = undefined;
      });
    }
    return this.#asked.uids;
  }

  async #ask(): Promise<ReadonlyMap<string, number>> {
    const { neurons } = await this.#options.chain.metagraph(this.#options.netuid);
    return new Map(neurons.map(({ hotkey, uid }) => [hotkey, uid]));
  }
}
