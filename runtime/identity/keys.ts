/** The keys of one network: an operator, three accounts, and one scoped signing key per role. */
import { createAccount, createOperator, fromSeed, type KeyPair } from "@nats-io/nkeys";
import { z } from "zod";
import { ROLES, type Role } from "../../protocol/role.ts";

/** Whom a signing key mints for: a role, `all` of an operator's roles in one process, or a person with tools. */
export const USER_KINDS = [...ROLES, "all", "admin"] as const satisfies readonly (Role | "all" | "admin")[];
export type UserKind = (typeof USER_KINDS)[number];
/** Everyone in account CORE: the operator's own. Miners are the strangers, in account PUBLIC. */
export type CoreUser = Exclude<UserKind, "miner">;
export const CORE_USERS = USER_KINDS.filter((kind): kind is CoreUser => kind !== "miner");

export interface IdentityKeys {
  /** Root of trust: needed only to renew the operator's own JWT. Belongs offline. */
  readonly operator: KeyPair;
  /** Signs account JWTs: whoever holds it can change every account. */
  readonly operatorSigning: KeyPair;
  readonly core: KeyPair;
  readonly public: KeyPair;
  readonly sys: KeyPair;
  readonly sysSigning: KeyPair;
  /** Each can mint one kind of user only: the server fixes the permissions from the account's template. */
  readonly signing: Readonly<Record<UserKind, KeyPair>>;
}

const seed = (prefix: string) => z.string().regex(new RegExp(`^${prefix}[A-Z2-7]{56}$`));
const accountSeed = seed("SA");

/** Seeds of all keys, as they are kept on disk. Secret throughout. */
export const IdentitySeeds = z.object({
  operator: seed("SO"),
  operatorSigning: seed("SO"),
  core: accountSeed,
  public: accountSeed,
  sys: accountSeed,
  sysSigning: accountSeed,
  /** Keys that were written before a role existed lack its own; `keysFromSeeds` makes it. */
  signing: z.partialRecord(z.enum(USER_KINDS), accountSeed),
});
export type IdentitySeeds = z.infer<typeof IdentitySeeds>;

/** Fresh keys from the operating system's randomness. */
export const createIdentityKeys = (): IdentityKeys => ({
  operator: createOperator(),
  operatorSigning: createOperator(),
  core: createAccount(),
  public: createAccount(),
  sys: createAccount(),
  sysSigning: createAccount(),
  signing: perKind(() => createAccount()),
});

export const seedsOf = (keys: IdentityKeys): IdentitySeeds => ({
  operator: seedOf(keys.operator),
  operatorSigning: seedOf(keys.operatorSigning),
  core: seedOf(keys.core),
  public: seedOf(keys.public),
  sys: seedOf(keys.sys),
  sysSigning: seedOf(keys.sysSigning),
  signing: perKind((kind) => seedOf(keys.signing[kind])),
});

export const keysFromSeeds = (seeds: IdentitySeeds): IdentityKeys => ({
  operator: keyOf(seeds.operator),
  operatorSigning: keyOf(seeds.operatorSigning),
  core: keyOf(seeds.core),
  public: keyOf(seeds.public),
  sys: keyOf(seeds.sys),
  sysSigning: keyOf(seeds.sysSigning),
  signing: perKind((kind) => {
    const known = seeds.signing[kind];
    return known === undefined ? createAccount() : keyOf(known);
  }),
});

export const seedOf = (key: KeyPair): string => new TextDecoder().decode(key.getSeed());
export const keyOf = (seed: string): KeyPair => fromSeed(new TextEncoder().encode(seed));

const perKind = <T>(make: (kind: UserKind) => T): Record<UserKind, T> =>
  Object.fromEntries(USER_KINDS.map((kind) => [kind, make(kind)])) as Record<UserKind, T>;
