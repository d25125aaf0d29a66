/** Credentials of miners from the keys that nats-config gave to the registry. */
import {
  keyOf,
  mintMiner,
  type RegistryTrust,
  Revoker,
  type SystemRequests,
} from "../../runtime/identity/index.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import type { Credentials } from "./enrolment.ts";

export interface NatsCredentialsOptions {
  trust: RegistryTrust;
  clock: Pick<Clock, "now">;
  /** Needed to revoke; used only when the trust holds the keys for it. */
  system: SystemRequests;
}

export function natsCredentials({ trust, clock, system }: NatsCredentialsOptions): Credentials {
  const mint = { signing: keyOf(trust.minerSigningSeed), account: trust.account };
  const credentials: Credentials = { mint: (miner) => mintMiner(mint, { ...miner, now: clock.now() }) };
  if (trust.revocation === undefined) return credentials;
  const operatorSigning = keyOf(trust.revocation.operatorSigningSeed);
  const revoker = new Revoker({ system, operatorSigning, account: trust.account, clock });
  return { ...credentials, revoke: (nkeys) => revoker.revoke(nkeys) };
}
