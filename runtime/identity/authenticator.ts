/** How a node shows who it is: a creds file of the operator, or a miner's token that is renewed while it runs. */

import { decode, parseCreds } from "@nats-io/jwt";
import { type Authenticator, jwtAuthenticator } from "@nats-io/nats-core";
import type { KeyPair } from "@nats-io/nkeys";
import { Failure } from "../../protocol/failure.ts";
import { keyOf } from "./keys.ts";

export interface NatsIdentity {
  authenticator: Authenticator;
  /** The only inboxes that the server allows this user. */
  inboxPrefix: string;
}

/**
 * Identity from the text of a creds file. Fails with `config` without quoting it.
 * The inbox prefix comes from the user's name, as in the account's template.
 */
export async function identityFromCreds(creds: string): Promise<NatsIdentity> {
  try {
    const { jwt, key } = await parseCreds(new TextEncoder().encode(creds));
    const seed = keyOf(key).getSeed();
    return { authenticator: jwtAuthenticator(jwt, seed), inboxPrefix: inboxPrefixOf(jwt) };
  } catch {
    // The library's error may quote the seed.
    throw new Failure("config", "The creds file cannot be read", {
      hint: "Use a file that `bun run nats-config` wrote under creds/, whole and unchanged.",
    });
  }
}

/** A miner's identity: `currentToken` is asked again at every connect, so that a renewed token is used. */
export const renewedIdentity = (options: {
  nkey: KeyPair;
  currentToken: () => string;
  inboxPrefix: string;
}): NatsIdentity => ({
  authenticator: jwtAuthenticator(options.currentToken, options.nkey.getSeed()),
  inboxPrefix: options.inboxPrefix,
});

export const inboxPrefixOf = (jwt: string): string => `_INBOX.${decode(jwt).name}`;
