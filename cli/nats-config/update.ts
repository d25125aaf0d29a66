/**
 * `nats-config --update`: accounts issued anew from the kept keys, so that an upgrade's new services get their
 * permissions while every credential in use stays good.
 */
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { type Account, decode } from "@nats-io/jwt";
import { Failure } from "../../protocol/failure.ts";
import type { Service } from "../../protocol/service.ts";
import {
  type IdentityKeys,
  IdentitySeeds,
  issueAccounts,
  keysFromSeeds,
  RegistryTrust,
  seedResolver,
} from "../../runtime/identity/index.ts";

/** Rewrites the account JWTs of every server in the folder, their revocations kept; returns the servers' names. */
export async function updateAccounts(out: string, services: readonly Service[]): Promise<string[]> {
  const keys = readKeys(out);
  const net = readJson(join(out, "registry.json"), RegistryTrust).net;
  const servers = existsSync(join(out, "data")) ? readdirSync(join(out, "data")).sort() : [];
  const folders = servers.map((name) => join(out, "data", name, "jwt"));
  const revocations = mergedRevocations(folders, keys);
  const tokens = await issueAccounts(keys, { net, services }, { revocations });
  for (const folder of folders) seedResolver(tokens, folder);
  return servers;
}

const readKeys = (out: string): IdentityKeys =>
  keysFromSeeds(readJson(join(out, "keys.json"), IdentitySeeds));

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
