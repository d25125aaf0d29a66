/** A real NATS server with the accounts of a network, and connections of any kind of user to it. */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decode, fmtCreds } from "@nats-io/jwt";
import { createUser, type KeyPair } from "@nats-io/nkeys";
import {
  type ConnectionOptions,
  connect,
  jwtAuthenticator,
  type NatsConnection,
} from "@nats-io/transport-node";
import { SERVICES } from "../../protocol/services/index.ts";
import {
  type CoreUser,
  createIdentityKeys,
  type IdentityKeys,
  issueAccounts,
  mintCoreUser,
  mintMiner,
  mintSysUser,
  seedResolver,
  trustConfig,
} from "../../runtime/identity/index.ts";
import { NatsServer } from "../../runtime/launcher/nats-server.ts";

export const TEST_NET = "t";

export interface TrustedServer extends AsyncDisposable {
  readonly server: NatsServer;
  readonly keys: IdentityKeys;
  asCore(kind: CoreUser, options?: Partial<ConnectionOptions>): Promise<NatsConnection>;
  asMiner(
    uid: number,
    options?: { nkey?: KeyPair; lifetimeMs?: number } & Partial<ConnectionOptions>,
  ): Promise<NatsConnection>;
  /** Text of a creds file for a role. */
  coreCreds(kind: CoreUser): Promise<string>;
  asSys(kind: "admin" | "revoker"): Promise<NatsConnection>;
  minerToken(uid: number, nkeyPublic: string, lifetimeMs?: number): Promise<string>;
}

export async function startTrustedServer(binary: string): Promise<TrustedServer> {
  const dir = mkdtempSync(join(tmpdir(), "orrery-trust-"));
  const keys = createIdentityKeys();
  const tokens = await issueAccounts(keys, { net: TEST_NET, services: SERVICES });
  const resolverDir = join(dir, "jwt");
  seedResolver(tokens, resolverDir);
  const server = await NatsServer.start({
    binary,
    maxPayload: 8 * 1024 * 1024,
    config: trustConfig(tokens, { resolverDir }),
  });
  const open = (jwt: string, user: KeyPair, options: Partial<ConnectionOptions> = {}) =>
    connect({
      servers: server.url,
      authenticator: jwtAuthenticator(jwt, user.getSeed()),
      inboxPrefix: `_INBOX.${decode(jwt).name}`,
      reconnect: false,
      ...options,
    });
  const minerToken = (uid: number, nkeyPublic: string, lifetimeMs = 3_600_000) => {
    const now = Date.now();
    const mint = { signing: keys.signing.miner, account: keys.public.getPublicKey() };
    return mintMiner(mint, { uid, nkeyPublic, now, expiresAt: now + lifetimeMs });
  };
  return {
    server,
    keys,
    minerToken,
    async asCore(kind, options) {
      const user = createUser();
      return open(await mintCoreUser(keys, { kind, nkeyPublic: user.getPublicKey() }), user, options);
    },
    async coreCreds(kind) {
      const user = createUser();
      const jwt = await mintCoreUser(keys, { kind, nkeyPublic: user.getPublicKey() });
      return new TextDecoder().decode(fmtCreds(jwt, user));
    },
    async asMiner(uid, { nkey = createUser(), lifetimeMs, ...options } = {}) {
      return open(await minerToken(uid, nkey.getPublicKey(), lifetimeMs), nkey, options);
    },
    async asSys(kind) {
      const user = createUser();
      return open(await mintSysUser(keys, { kind, nkeyPublic: user.getPublicKey() }), user);
    },
    async [Symbol.asyncDispose]() {
      await server.stop();
      rmSync(dir, { recursive: true, force: true });
    },
  };
}
