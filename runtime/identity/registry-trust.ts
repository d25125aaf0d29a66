/** What a registry process holds of the network's keys: enough to mint miners and, if wanted, to revoke them. */
import { readFile } from "node:fs/promises";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { Name } from "../../protocol/ids.ts";

export const RegistryTrust = z.object({
  net: Name,
  /** NATS addresses told to miners. */
  servers: z.array(z.string().max(255)).min(1).max(16),
  /** Public key of account PUBLIC. */
  account: z.string().regex(/^A[A-Z2-7]{55}$/),
  /** Secret: mints miners, and no other kind of user. */
  minerSigningSeed: z.string().regex(/^SA[A-Z2-7]{56}$/),
  /**
   * Secret, and the strongest in use: it can change every account. Without it, revoked miners are refused a new
   * token but stay connected until the one they have expires.
   */
  revocation: z
    .object({
      operatorSigningSeed: z.string().regex(/^SO[A-Z2-7]{56}$/),
      /** Creds text of the system account's `revoker`. */
      sysCreds: z.string().max(16_384),
    })
    .optional(),
  /** Secret: bearer token for /v1/revoke. */
  operatorToken: z.string().min(32).max(256),
});
export type RegistryTrust = z.infer<typeof RegistryTrust>;

/** Reads the file that nats-config wrote for the registry. Fails with `config`, never quoting it. */
export async function readRegistryTrust(path: string): Promise<RegistryTrust> {
  let json: unknown;
  try {
    json = JSON.parse(await readFile(path, "utf8"));
  } catch (thrown) {
    const code = thrown instanceof Error && "code" in thrown ? String(thrown.code) : "not JSON";
    throw new Failure("config", `The registry's trust file cannot be read: ${code}`, {
      meta: { path },
      hint: "Write it with `bun run nats-config --out DIR`: it is DIR/registry.json.",
    });
  }
  const trust = RegistryTrust.safeParse(json);
  if (trust.success) return trust.data;
  const fields = trust.error.issues.map((issue) => issue.path.join(".") || "(root)").join(", ");
  throw new Failure("config", `The registry's trust file has no valid ${fields}`, { meta: { path } });
}
