/** Ends users' connections now: writes revocations into account PUBLIC and pushes it to every server's resolver. */
import { type Account, type ClaimsData, decode, encodeAccount } from "@nats-io/jwt";
import { fromPublic, type KeyPair } from "@nats-io/nkeys";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../ports/clock.ts";
import { MINER_LIFETIME_LIMIT_MS } from "./claims.ts";

/** The part of a NATS connection that is needed: a request on the system account. */
export interface SystemRequests {
  request(subject: string, data: string): Promise<string>;
}

export interface RevokerOptions {
  /** A connection as a `revoker` or `admin` of account SYS. */
  system: SystemRequests;
  /** Operator signing key: account JWTs are the operator's to sign. */
  operatorSigning: KeyPair;
  /** Public key of the account whose users are revoked. */
  account: string;
  clock: Pick<Clock, "now">;
}

const Answer = z.object({
  data: z.object({ code: z.number() }).optional(),
  error: z.object({ code: z.number().optional(), description: z.string().max(1_000) }).optional(),
});

/** Longest a revocation matters: tokens issued before it have expired by then. A minute is for clocks that differ. */
const KEPT_S = (MINER_LIFETIME_LIMIT_MS + 60_000) / 1_000;

export class Revoker {
  readonly #options: RevokerOptions;
  /** Changes of the account, one after another: each starts from what the one before wrote. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: RevokerOptions) {
    this.#options = options;
  }

  /**
   * Revokes every token issued so far to these public user keys; servers close their connections at once. A token
   * issued in a later second is good again. Fails with `unavailable` when no server took the change.
   */
  revoke(nkeys: readonly string[]): Promise<void> {
    const change = this.#last.then(() => this.#change(nkeys));
    this.#last = change.catch(() => undefined);
    return change;
  }

  async #change(nkeys: readonly string[]): Promise<void> {
    const { system, operatorSigning, account, clock } = this.#options;
    const current = await this.#lookup();
    const now = Math.floor(clock.now() / 1_000);
    const kept = Object.entries(current.nats.revocations ?? {}).filter(([, at]) => at > now - KEPT_S);
    const revocations = {
      ...Object.fromEntries(kept),
      ...Object.fromEntries(nkeys.map((nkey) => [nkey, now])),
    };
    const { type: _, version: __, ...claims } = current.nats as Account & { type?: string; version?: number };
    const jwt = await encodeAccount(
      current.name,
      fromPublic(account),
      { ...claims, revocations } as Account,
      {
        signer: operatorSigning,
      },
    );
    const answer = answerOf(await system.request("$SYS.REQ.CLAIMS.UPDATE", jwt));
    if (answer.error !== undefined || answer.data?.code !== 200) {
      throw new Failure("unavailable", "The NATS servers did not take the revocation", {
        meta: { description: answer.error?.description ?? "no code 200" },
        hint: "Check that the operator signing key is the one in the servers' operator JWT.",
      });
    }
  }

  async #lookup(): Promise<ClaimsData<Account>> {
    const jwt = await this.#options.system.request(
      `$SYS.REQ.ACCOUNT.${this.#options.account}.CLAIMS.LOOKUP`,
      "",
    );
    try {
      const claims = decode<Account>(jwt);
      if (claims.sub === this.#options.account) return claims;
    } catch {
      // Not a JWT: an error text, or nothing.
    }
    throw new Failure("unavailable", "The NATS servers do not know account PUBLIC", {
      meta: { account: this.#options.account },
      hint: "Start the servers with the configuration that nats-config wrote.",
    });
  }
}

function answerOf(text: string): z.infer<typeof Answer> {
  try {
    return Answer.parse(JSON.parse(text));
  } catch (cause) {
    throw new Failure("unavailable", "The NATS server answered an account update with something else", {
      cause,
    });
  }
}
