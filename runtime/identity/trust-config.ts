/** The trust as a server sees it: the operator in its configuration, the accounts in its resolver's folder. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { decode } from "@nats-io/jwt";
import type { AccountTokens } from "./claims.ts";

/**
 * Text for a server's configuration. The accounts are not preloaded there: nats-server 2.9 would restore the
 * preloaded JWTs at every start, and with them every revoked miner.
 */
export const trustConfig = (tokens: AccountTokens, options: { resolverDir: string }): string =>
  [
    `operator: ${tokens.operator}`,
    `system_account: ${decode(tokens.sys).sub}`,
    `resolver { type: full, dir: ${JSON.stringify(options.resolverDir)}, allow_delete: false, interval: "2m" }`,
    "",
  ].join("\n");

/** Puts the account JWTs where the server's resolver looks; every server needs a folder of its own. */
export function seedResolver(tokens: AccountTokens, resolverDir: string): void {
  mkdirSync(resolverDir, { recursive: true, mode: 0o700 });
  for (const jwt of [tokens.sys, tokens.core, tokens.public]) {
    writeFileSync(join(resolverDir, `${decode(jwt).sub}.jwt`), jwt, { mode: 0o600 });
  }
}
