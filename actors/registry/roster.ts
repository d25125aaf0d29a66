/** Who holds a credential now, and who may not have one: kept in the node's store, so that a restart forgets nobody. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Hotkey, Timestamp, Uid } from "../../protocol/ids.ts";
import type { Clock, Store } from "../../runtime/ports/index.ts";

export const Enrolled = z.object({
  nkey: z.string().max(64),
  hotkey: Hotkey,
  uid: Uid,
  expiresAt: Timestamp,
});
export type Enrolled = z.infer<typeof Enrolled>;

export const Ban = z.object({ hotkey: Hotkey, reason: z.string().max(256), at: Timestamp });
export type Ban = z.infer<typeof Ban>;

const ENROLLED = "registry/enrolled/";
const BANNED = "registry/banned/";
/** Every uid of a subnet with several nodes each. */
const CAPACITY = 65_536;

export class Roster {
  readonly #store: Store;
  readonly #clock: Pick<Clock, "now">;
  readonly #byNkey = new Map<string, Enrolled>();

  constructor(options: { store: Store; clock: Pick<Clock, "now"> }) {
    this.#store = options.store;
    this.#clock = options.clock;
    for (const key of this.#store.list(ENROLLED, CAPACITY)) {
      const entry = Enrolled.safeParse(read(this.#store.get(key)));
      if (entry.success) this.#byNkey.set(entry.data.nkey, entry.data);
      else this.#store.delete(key);
    }
    this.forgetExpired();
  }

  /** The entry of an nkey whose credential has not expired. */
  get(nkey: string): Enrolled | undefined {
    const entry = this.#byNkey.get(nkey);
    return entry !== undefined && entry.expiresAt > this.#clock.now() ? entry : undefined;
  }

  put(entry: Enrolled): void {
    if (!this.#byNkey.has(entry.nkey) && this.#byNkey.size >= CAPACITY) this.forgetExpired();
    if (!this.#byNkey.has(entry.nkey) && this.#byNkey.size >= CAPACITY) {
      throw new Failure("overloaded", "The registry holds as many enrolments as it can", {
        meta: { capacity: CAPACITY },
      });
    }
    this.#store.put(ENROLLED + entry.nkey, write(entry));
    this.#byNkey.set(entry.nkey, entry);
  }

  remove(nkey: string): void {
    this.#store.delete(ENROLLED + nkey);
    this.#byNkey.delete(nkey);
  }

  /** Live entries, of all or as the filter says. */
  live(filter: (entry: Enrolled) => boolean = () => true): Enrolled[] {
    const now = this.#clock.now();
    return [...this.#byNkey.values()].filter((entry) => entry.expiresAt > now && filter(entry));
  }

  ban(ban: Ban): void {
    this.#store.put(BANNED + ban.hotkey, write(ban));
  }

  pardon(hotkey: string): void {
    this.#store.delete(BANNED + hotkey);
  }

  banOf(hotkey: string): Ban | undefined {
    const value = this.#store.get(BANNED + hotkey);
    // A damaged record still bans: what is kept under the key is the fact.
    return value === undefined
      ? undefined
      : (Ban.safeParse(read(value)).data ?? { hotkey, reason: "", at: 0 });
  }

  forgetExpired(): void {
    const now = this.#clock.now();
    for (const entry of this.#byNkey.values()) if (entry.expiresAt <= now) this.remove(entry.nkey);
  }
}

const write = (value: unknown): Uint8Array => new TextEncoder().encode(JSON.stringify(value));

function read(value: Uint8Array | undefined): unknown {
  try {
    return JSON.parse(new TextDecoder().decode(value));
  } catch {
    return undefined;
  }
}
