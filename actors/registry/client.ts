/** A miner's side of enrolment: gets a credential for its hotkey and keeps it fresh while the node runs. */
import type { KeyPair } from "@nats-io/nkeys";
import type { Signer } from "../../chain/chain.ts";
import { Failure, type FailureCode } from "../../protocol/failure.ts";
import { EnrolChallenge, EnrolReply, enrolMessage, renewMessage } from "../../protocol/services/registry.ts";
import { type NatsIdentity, renewedIdentity } from "../../runtime/identity/index.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import type { Http } from "../../runtime/ports/http.ts";
import type { Clock, Rng } from "../../runtime/ports/index.ts";
import { post } from "./post.ts";

export interface EnrolOptions {
  /** Address of the registry. */
  url: string;
  netuid: number;
  signer: Signer;
  /** User nkey of this node; its seed never leaves the process. Kept over restarts, it saves an enrolment. */
  nkey: KeyPair;
  http: Http;
  clock: Clock;
  rng: Rng;
  log: Logger;
  /** Ends the renewals. */
  signal: AbortSignal;
  /** Called once when the registry will not renew: de-registered, banned. The connection ends with its token. */
  onLost?: (failure: Failure) => void;
}

export interface EnrolledMiner {
  uid: number;
  net: string;
  servers: readonly string[];
  /** Hands out the freshest token at every connect. */
  identity: NatsIdentity;
}

interface Token {
  reply: EnrolReply;
  /** By the registry's clock, so that a wrong one here does no harm. */
  lifetimeMs: number;
}

/** Renewed after this part of its life: a third is left for a registry that is away. */
const RENEW_AT = 2 / 3;
const FIRST_RETRY_MS = 1_000;
const LONGEST_RETRY_MS = 60_000;
/** What no later try would change. Everything else is weather: a slow link, a registry that restarts. */
const FINAL: ReadonlySet<FailureCode> = new Set(["unauthorised", "refused", "conflict", "malformed"]);

/** Enrols, failing as the registry says, and goes on renewing until the signal aborts. */
export async function enrol(options: EnrolOptions): Promise<EnrolledMiner> {
  let token = await enrolOnce(options);
  const { uid, net, servers, inboxPrefix } = token.reply;
  const keepFresh = async (): Promise<void> => {
    while (!options.signal.aborted) {
      await options.clock.sleep(token.lifetimeMs * RENEW_AT, options.signal);
      const fresh = await renewPatiently(options);
      if (fresh.reply.uid !== uid) {
        throw new Failure("conflict", "The hotkey has another uid now", {
          meta: { before: uid, now: fresh.reply.uid },
          hint: "Restart this node.",
        });
      }
      token = fresh;
    }
  };
  keepFresh().catch((thrown: unknown) => {
    if (options.signal.aborted) return;
    const failure = Failure.from(thrown);
    options.log.error("enrolment lost", { code: failure.code, reason: failure.toLine() });
    options.onLost?.(failure);
  });
  const identity = renewedIdentity({ nkey: options.nkey, currentToken: () => token.reply.jwt, inboxPrefix });
  return { uid, net, servers, identity };
}

async function enrolOnce(options: EnrolOptions): Promise<Token> {
  const { netuid, signer, nkey } = options;
  const challenge = await post(options, "/v1/enrol/challenge", {}, EnrolChallenge);
  const request = { hotkey: signer.hotkey, netuid, nkey: nkey.getPublicKey(), nonce: challenge.nonce };
  const signature = await signer.sign(new TextEncoder().encode(enrolMessage(request)));
  const reply = await post(options, "/v1/enrol", { ...request, signature }, EnrolReply);
  return { reply, lifetimeMs: reply.expiresAt - challenge.serverTime };
}

async function renewOnce(options: EnrolOptions): Promise<Token> {
  const { netuid, nkey } = options;
  const challenge = await post(options, "/v1/enrol/challenge", {}, EnrolChallenge);
  const request = { nkey: nkey.getPublicKey(), netuid, nonce: challenge.nonce };
  const signed = nkey.sign(new TextEncoder().encode(renewMessage(request)));
  const signature = `0x${Buffer.from(signed).toString("hex")}`;
  const reply = await post(options, "/v1/renew", { ...request, signature }, EnrolReply);
  return { reply, lifetimeMs: reply.expiresAt - challenge.serverTime };
}

/** Until it succeeds or is refused for good. A registry that has forgotten us is asked as at the start. */
async function renewPatiently(options: EnrolOptions): Promise<Token> {
  const { clock, rng, log, signal } = options;
  for (let delayMs = FIRST_RETRY_MS; ; delayMs = Math.min(delayMs * 2, LONGEST_RETRY_MS)) {
    try {
      return await renewOnce(options).catch((thrown: unknown) => {
        if (Failure.from(thrown).code === "not-found") return enrolOnce(options);
        throw thrown;
      });
    } catch (thrown) {
      const failure = Failure.from(thrown);
      if (FINAL.has(failure.code)) throw failure;
      log.warn("renewal failed, trying again", { code: failure.code, reason: failure.message });
      await clock.sleep(failure.retryAfterMs ?? delayMs * (0.5 + rng.next()), signal);
    }
  }
}
