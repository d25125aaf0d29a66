/**
 * `nats-config --update`: accounts issued anew from the kept keys, so that an upgrade's new services get their
 * permissions while every credential in use stays good.
 */
import { existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Account, decode } from "@nats-io/jwt";
import { Failure } from "../../protocol/failure.ts";
import type { Service } from "../../protocol/service.ts";
import {
  CORE_USERS,
  type CoreUser,
  type IdentityKeys,
  IdentitySeeds,
  issueAccounts,
  keysFromSeeds,
  RegistryTrust,
  seedResolver,
  seedsOf,
} from "../../runtime/identity/index.ts";

/**
 * Rewrites the account JWTs of every server in the folder, their revocations kept; returns the servers' names, and the
 * roles that had no key before.
 */
export async function updateAccounts(
  out: string,
  services: readonly Service[],
): Promise<{ servers: string[]; keys: IdentityKeys; added: CoreUser[] }> {
  const { keys, added } = readKeys(out);
  const net = readJson(join(out, "registry.json"), RegistryTrust).net;
  const servers = existsSync(join(out, "data")) ? readdirSync(join(out, "data")).sort() : [];
  const folders = servers.map((name) => join(out, "data", name, "jwt"));
  const revocations = mergedRevocations(folders, keys);
  const tokens = await issueAccounts(keys, { net, services }, { revocations });
  for (const folder of folders) seedResolver(tokens, folder);
  return { servers, keys, added };
}

/** Keys of roles that are newer than the file are made now, and kept in it. */
function readKeys(out: string): { keys: IdentityKeys; added: CoreUser[] } {
  const path = join(out, "keys.json");
  const seeds = readJson(path, IdentitySeeds);
  const keys = keysFromSeeds(seeds);
  const added = CORE_USERS.filter((kind) => seeds.signing[kind] === undefined);
  if (added.length > 0) {
    const aside = `${path}.new`;
    writeFileSync(aside, `${JSON.stringify(seedsOf(keys), null, 2)}\n`, { mode: 0o600 });
    renameSync(aside, path);
  }
  return { keys, added };
}

function readJson<T>(path: string, schema: { parse(value: unknown): T }): T {
  try {
    return schema.parse(JSON.parse(readFileSync(path, "utf8")));
  } catch {
    // Whatever was wrong, its message may quote a seed.
    throw new Failure("config", "A file of the network is missing or damaged", {
      meta: { path },
      hint: "Bring keys.json and registry.json back from the safe into the folder, then run --update again.",
    });
  }
}

/** The latest of what any of the servers knew. */
function mergedRevocations(folders: readonly string[], keys: IdentityKeys): Record<string, number> {
  const merged: Record<string, number> = {};
  for (const folder of folders) {
    const path = join(folder, `${keys.public.getPublicKey()}.jwt`);
    if (!existsSync(path)) continue;
    const known = decode<Account>(readFileSync(path, "utf8")).nats.revocations ?? {};
    for (const [nkey, at] of Object.entries(known)) merged[nkey] = Math.max(at, merged[nkey] ?? 0);
  }
  return merged;
}
