/** Loads the code of the roles that a node starts: SCALE alone takes as long as all the rest of a node. */
import type { RoleCode } from "../../actors/start-roles.ts";
import type { Role } from "../../protocol/role.ts";

/** `chain` is the code that hosts or shares one. */
export async function loadRoles(roles: readonly Role[], { chain }: { chain: boolean }): Promise<RoleCode> {
  const has = (role: Role) => roles.includes(role);
  const [serve, sandbox, scorer, miner, validator, weightSetter] = await Promise.all([
    chain ? import("../../actors/chain/serve-chain.ts") : undefined,
    has("sandbox") ? import("../../actors/sandbox/sandbox.ts") : undefined,
    has("scorer") ? import("../../actors/scorer/scorer.ts") : undefined,
    has("miner") ? import("../../actors/miner/miner.ts") : undefined,
    has("validator") ? import("../../actors/validator/validator.ts") : undefined,
    has("weight-setter") ? import("../../actors/weight-setter/weight-setter.ts") : undefined,
  ]);
  return {
    ...(serve === undefined ? {} : { chain: serve }),
    ...(sandbox === undefined ? {} : { sandbox }),
    ...(scorer === undefined ? {} : { scorer }),
    ...(miner === undefined ? {} : { miner }),
    ...(validator === undefined ? {} : { validator }),
    ...(weightSetter === undefined ? {} : { weightSetter }),
  };
}
