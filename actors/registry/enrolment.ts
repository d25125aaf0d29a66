/** The enrolment of miners: who proves to own a registered hotkey gets a short-lived credential for its uid. */
import { fromPublic } from "@nats-io/nkeys";
import type { Chain } from "../../chain/chain.ts";
import { verifySignature } from "../../chain/keys/verify.ts";
import { Failure } from "../../protocol/failure.ts";
import {
  type EnrolChallenge,
  type EnrolReply,
  type EnrolRequest,
  enrolMessage,
  type PardonRequest,
  type RenewRequest,
  type RevokeReply,
  type RevokeRequest,
  renewMessage,
} from "../../protocol/services/registry.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Clock, Rng, Store } from "../../runtime/ports/index.ts";
import { type EnrolmentLimits, enrolmentLimits } from "./limits.ts";
import { Nonces } from "./nonce.ts";
import { Registrations } from "./registrations.ts";
import { type Enrolled, Roster } from "./roster.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Makes and ends NATS credentials. A node on the memory transport has none: enrolment then only assigns the uid. */
export interface Credentials {
  mint(miner: { uid: number; nkeyPublic: string; expiresAt: number }): Promise<string>;
  /** Ends the connections of these nkeys. Absent when this registry holds no key that can change accounts. */
  revoke?(nkeys: readonly string[]): Promise<void>;
}

export interface EnrolmentOptions {
  net: string;
  netuid: number;
  /** NATS addresses told to miners. */
  servers: readonly string[];
  chain: Pick<Chain, "metagraph">;
  clock: Clock;
  rng: Rng;
  store: Store;
  log: Logger;
  credentials?: Credentials | undefined;
  limits?: Partial<EnrolmentLimits> | undefined;
}

export class Enrolment {
  readonly #options: EnrolmentOptions;
  readonly #limits: EnrolmentLimits;
  readonly #nonces: Nonces;
  readonly #roster: Roster;
  readonly #registrations: Registrations;
  readonly #byAddress: TokenBuckets;
  readonly #byHotkey: TokenBuckets;

  constructor(options: EnrolmentOptions) {
    const limits = enrolmentLimits(options.limits);
    const { clock, rng, store } = options;
    this.#options = options;
    this.#limits = limits;
    this.#nonces = new Nonces({ clock, rng, lifetimeMs: limits.nonceMs, capacity: limits.remembered });
    this.#roster = new Roster({ store, clock });
    this.#registrations = new Registrations({ ...options, maxAgeMs: limits.metagraphMs });
    const capacity = limits.remembered;
    this.#byAddress = new TokenBuckets({ clock, what: "address", rate: limits.perAddress, capacity });
    this.#byHotkey = new TokenBuckets({ clock, what: "hotkey", rate: limits.perHotkey, capacity });
  }

  /** Counts a request of this network address; every public call begins with it. Fails with `overloaded`. */
  admit(address: string): void {
    this.#byAddress.take(address);
  }

  challenge(): EnrolChallenge {
    return { ...this.#nonces.issue(), serverTime: this.#options.clock.now() };
  }

  /** Cheap checks come first, and nothing is remembered before the hotkey has proved to be itself. */
  async enrol(request: EnrolRequest): Promise<EnrolReply> {
    this.#checkNetuid(request.netuid);
    this.#nonces.check(request.nonce);
    if (!(await verifySignature(request.hotkey, enrolMessage(request), request.signature))) {
      throw new Failure("unauthorised", "The signature is not the hotkey's over this enrolment", {
        meta: { hotkey: request.hotkey },
        hint: "Sign the plain bytes of enrolMessage with sr25519, without <Bytes> around them.",
      });
    }
    this.#byHotkey.take(request.hotkey);
    this.#nonces.redeem(request.nonce);
    this.#checkBan(request.hotkey);
    const uid = await this.#registrations.uidOf(request.hotkey);
    this.#checkNkey(request);
    await this.#evict(
      (entry) => entry.uid === uid && entry.hotkey !== request.hotkey,
      "uid has a new hotkey",
    );
    return this.#issue({ nkey: request.nkey, hotkey: request.hotkey, uid });
  }

  /** A fresh token for an enrolled nkey, signed for by the nkey itself; registration and bans are checked again. */
  async renew(request: RenewRequest): Promise<EnrolReply> {
    this.#checkNetuid(request.netuid);
    this.#nonces.check(request.nonce);
    if (!verifyNkey(request)) {
      throw new Failure("unauthorised", "The signature is not the nkey's over this renewal", {
        hint: "Sign the plain bytes of renewMessage with the user nkey.",
      });
    }
    const entry = this.#roster.get(request.nkey);
    if (entry === undefined) {
      throw new Failure("not-found", "This nkey is not enrolled, or its token has expired", {
        hint: "Enrol again with the hotkey: POST /v1/enrol.",
      });
    }
    this.#byHotkey.take(entry.hotkey);
    this.#nonces.redeem(request.nonce);
    this.#checkBan(entry.hotkey);
    if ((await this.#registrations.uidOf(entry.hotkey)) !== entry.uid) {
      this.#roster.remove(entry.nkey);
      throw new Failure("not-found", "The hotkey has another uid now", {
        hint: "Enrol again: POST /v1/enrol.",
      });
    }
    return this.#issue(entry);
  }

  /** Ends every live credential of a hotkey. The caller has checked that the operator asks. */
  async revoke(request: RevokeRequest): Promise<RevokeReply> {
    const { clock, credentials, log } = this.#options;
    if (request.ban) this.#roster.ban({ hotkey: request.hotkey, reason: request.reason, at: clock.now() });
    const entries = this.#roster.live((entry) => entry.hotkey === request.hotkey);
    const disconnected = credentials?.revoke !== undefined;
    await this.#end(entries);
    log.warn("hotkey revoked", { hotkey: request.hotkey, credentials: entries.length, banned: request.ban });
    const until = disconnected
      ? clock.now()
      : Math.max(clock.now(), ...entries.map(({ expiresAt }) => expiresAt));
    return { revoked: entries.length, disconnected, until, banned: request.ban };
  }

  /** Lifts a ban. */
  pardon({ hotkey }: PardonRequest): { banned: false } {
    this.#roster.pardon(hotkey);
    this.#options.log.warn("hotkey pardoned", { hotkey });
    return { banned: false };
  }

  /** Ends the credentials of hotkeys that left the metagraph or changed their uid; returns how many. */
  async sweep(): Promise<number> {
    this.#roster.forgetExpired();
    const uids = await this.#registrations.uids();
    return this.#evict((entry) => uids.get(entry.hotkey) !== entry.uid, "no longer registered");
  }

  async #issue({ nkey, hotkey, uid }: Omit<Enrolled, "expiresAt">): Promise<EnrolReply> {
    const { clock, credentials, net, servers, log } = this.#options;
    const expiresAt = clock.now() + this.#limits.tokenMs;
    // On the roster first: a token that the registry does not know of could never be revoked.
    this.#roster.put({ nkey, hotkey, uid, expiresAt });
    const jwt = (await credentials?.mint({ uid, nkeyPublic: nkey, expiresAt })) ?? "";
    log.info("miner enrolled", { uid, hotkey, nkey, expiresAt });
    return { uid, jwt, servers: [...servers], net, inboxPrefix: `_INBOX.${uid}`, expiresAt };
  }

  async #evict(filter: (entry: Enrolled) => boolean, why: string): Promise<number> {
    const entries = this.#roster.live(filter);
    if (entries.length === 0) return 0;
    this.#options.log.warn("credentials ended", { why, uids: entries.map(({ uid }) => uid).join(",") });
    await this.#end(entries);
    return entries.length;
  }

  /** Off the roster only when the server has heard: a failed revocation is tried again by whoever asks next. */
  async #end(entries: readonly Enrolled[]): Promise<void> {
    if (entries.length > 0) await this.#options.credentials?.revoke?.(entries.map(({ nkey }) => nkey));
    for (const { nkey } of entries) this.#roster.remove(nkey);
  }

  #checkNetuid(netuid: number): void {
    if (netuid === this.#options.netuid) return;
    throw new Failure("refused", "This registry serves another netuid", {
      meta: { asked: netuid, served: this.#options.netuid },
      hint: "Check --netuid and the registry's address.",
    });
  }

  #checkBan(hotkey: string): void {
    const ban = this.#roster.banOf(hotkey);
    if (ban === undefined) return;
    throw new Failure("refused", "This hotkey is banned", {
      meta: { hotkey, reason: ban.reason },
      hint: "Ask the operator of this subnet.",
    });
  }

  /** One nkey belongs to one hotkey, and a hotkey holds few. */
  #checkNkey({ nkey, hotkey }: EnrolRequest): void {
    const holder = this.#roster.get(nkey);
    if (holder !== undefined && holder.hotkey !== hotkey) {
      throw new Failure("conflict", "This nkey is enrolled for another hotkey", {
        hint: "Create a new user nkey.",
      });
    }
    const others = this.#roster.live((entry) => entry.hotkey === hotkey && entry.nkey !== nkey);
    if (others.length < this.#limits.nkeysPerHotkey) return;
    const free = Math.min(...others.map(({ expiresAt }) => expiresAt)) - this.#options.clock.now();
    throw new Failure("overloaded", "This hotkey holds as many credentials as it may", {
      owner: "caller",
      meta: { limit: this.#limits.nkeysPerHotkey },
      retryAfterMs: free,
      hint: "Keep the nkey over restarts instead of creating one each time.",
    });
  }
}

function verifyNkey(request: RenewRequest): boolean {
  try {
    const signature = Buffer.from(request.signature.slice(2), "hex");
    return fromPublic(request.nkey).verify(new TextEncoder().encode(renewMessage(request)), signature);
  } catch {
    return false;
  }
}
