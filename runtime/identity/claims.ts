/** Issues NATS JWTs: the operator, its accounts, and users whose permissions the server takes from a template. */
import { type Account, encodeAccount, encodeOperator, encodeUser, newScopedSigner } from "@nats-io/jwt";
import { fromPublic, type KeyPair } from "@nats-io/nkeys";
import { Failure } from "../../protocol/failure.ts";
import { Uid } from "../../protocol/ids.ts";
import { subjectToken } from "../../protocol/subject.ts";
import { accountBridge } from "./bridge.ts";
import type { NetworkContract } from "./contract.ts";
import { CORE_USERS, type CoreUser, type IdentityKeys } from "./keys.ts";
import { userTemplate } from "./user-template.ts";

/** Miners come back for a fresh token at least this often: what is not renewed is over. */
export const MINER_LIFETIME_LIMIT_MS = 60 * 60 * 1_000;

/** JWTs of the operator and its accounts: public, they go into the server's configuration. */
export interface AccountTokens {
  operator: string;
  sys: string;
  core: string;
  public: string;
}

const UNLIMITED = {
  subs: -1,
  data: -1,
  payload: -1,
  imports: -1,
  exports: -1,
  wildcards: true,
  conn: -1,
  leaf: -1,
};
const STORAGE = { mem_storage: -1, disk_storage: -1, streams: -1, consumer: -1 };

/**
 * Issues the operator's and the accounts' JWTs; permissions of every role are in the accounts' templates.
 * `revocations` are those of miners, by nkey, in seconds since the Unix epoch.
 */
export async function issueAccounts(
  keys: IdentityKeys,
  contract: NetworkContract,
  options: { revocations?: Record<string, number> } = {},
): Promise<AccountTokens> {
  const signer = keys.operatorSigning;
  const bridge = accountBridge(contract, {
    core: keys.core.getPublicKey(),
    public: keys.public.getPublicKey(),
  });
  const scoped = (kind: CoreUser | "miner") =>
    newScopedSigner(fromPublic(keys.signing[kind].getPublicKey()), kind, userTemplate(kind, contract));
  const limits = { ...UNLIMITED, disallow_bearer: true };
  const core: Account = {
    limits: { ...limits, ...STORAGE },
    ...bridge.core,
    signing_keys: CORE_USERS.map(scoped),
  } as Account;
  const open: Account = {
    limits,
    ...bridge.public,
    signing_keys: [scoped("miner")],
    revocations: options.revocations ?? {},
  } as Account;
  const sys: Account = { limits, signing_keys: [keys.sysSigning.getPublicKey()] } as Account;
  return {
    operator: await encodeOperator(contract.net, keys.operator, {
      system_account: keys.sys.getPublicKey(),
      signing_keys: [keys.operatorSigning.getPublicKey()],
    }),
    core: await encodeAccount("CORE", keys.core, core, { signer }),
    public: await encodeAccount("PUBLIC", keys.public, open, { signer }),
    sys: await encodeAccount("SYS", keys.sys, sys, { signer }),
  };
}

/** What it takes to mint miners, and nothing else: the scoped key can mint no other kind of user. */
export interface MinerMint {
  /** Scoped signing key of kind `miner`. */
  signing: KeyPair;
  /** Public key of account PUBLIC. */
  account: string;
}

/**
 * A miner's user JWT. The server expands the account's template with the name, which is the uid: own subjects and
 * `_INBOX.<uid>.>` only. `expiresAt` and `now` are milliseconds since the Unix epoch, at most an hour apart.
 */
export async function mintMiner(
  mint: MinerMint,
  options: { uid: number; nkeyPublic: string; expiresAt: number; now: number },
): Promise<string> {
  const uid = Uid.safeParse(options.uid);
  if (!uid.success)
    throw new Failure("malformed", "A miner's uid is an integer from 0 to 65535", {
      meta: { uid: options.uid },
    });
  const lifetime = options.expiresAt - options.now;
  if (!(lifetime > 0 && lifetime <= MINER_LIFETIME_LIMIT_MS)) {
    throw new Failure("refused", "A miner's token lives for more than 0 ms and at most one hour", {
      meta: { lifetimeMs: lifetime },
    });
  }
  return encodeUser(
    String(uid.data),
    userKey(options.nkeyPublic),
    fromPublic(mint.account),
    {},
    {
      signer: mint.signing,
      scopedUser: true,
      exp: Math.floor(options.expiresAt / 1_000),
    },
  );
}

/** A user JWT for one of the operator's own roles; `name` also names its inbox. Without an expiry unless given. */
export async function mintCoreUser(
  keys: Pick<IdentityKeys, "core" | "signing">,
  options: { kind: CoreUser; nkeyPublic: string; name?: string; expiresAt?: number },
): Promise<string> {
  const name = subjectToken(options.name ?? options.kind, "user name");
  return encodeUser(
    name,
    userKey(options.nkeyPublic),
    fromPublic(keys.core.getPublicKey()),
    {},
    {
      signer: keys.signing[options.kind],
      scopedUser: true,
      ...(options.expiresAt === undefined ? {} : { exp: Math.floor(options.expiresAt / 1_000) }),
    },
  );
}

/** A user of the system account: `admin` may do everything there, `revoker` may only replace account JWTs. */
export async function mintSysUser(
  keys: Pick<IdentityKeys, "sys" | "sysSigning">,
  options: { kind: "admin" | "revoker"; nkeyPublic: string },
): Promise<string> {
  const permissions =
    options.kind === "admin"
      ? {}
      : {
          pub: { allow: ["$SYS.REQ.CLAIMS.UPDATE", "$SYS.REQ.ACCOUNT.*.CLAIMS.LOOKUP"] },
          sub: { allow: ["_INBOX.revoker.>"] },
        };
  return encodeUser(
    options.kind,
    userKey(options.nkeyPublic),
    fromPublic(keys.sys.getPublicKey()),
    permissions,
    {
      signer: keys.sysSigning,
    },
  );
}

function userKey(nkeyPublic: string): KeyPair {
  try {
    if (!nkeyPublic.startsWith("U")) throw new TypeError("not a user key");
    return fromPublic(nkeyPublic);
  } catch {
    throw new Failure("malformed", "The nkey is not a public user key", {
      meta: { nkey: nkeyPublic.startsWith("S") ? "(a seed)" : nkeyPublic.slice(0, 64) },
      hint: "Send the public part, U…; the seed stays with its owner.",
    });
  }
}
