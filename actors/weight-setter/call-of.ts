/** The call that a plan comes to, with whatever has to be remembered to reveal it. */
import type { Signer } from "../../chain/chain.ts";
import { weightsCommitHash } from "../../chain/commit-reveal/commit-hash.ts";
import { encodeWeightsPayload } from "../../chain/commit-reveal/weights-payload.ts";
import { publicKeyOf } from "../../chain/keys/index.ts";
import { fromHex, toHex } from "../../chain/scale/hex.ts";
import { sealToRound } from "../../chain/timelock/timelock.ts";
import type { Method, WeightPlan } from "../../chain/weight-setting/plan.ts";
import { Failure } from "../../protocol/failure.ts";
import type { WeightCall, WeightRules } from "../../protocol/weight-setting.ts";
import type { Rng } from "../../runtime/ports/index.ts";

export interface CallOfOptions {
  plan: WeightPlan;
  rules: WeightRules;
  versionKey: bigint;
  netuid: number;
  signer: Signer;
  rng: Rng;
}

const SALT_WORDS = 8;

export function callOf(options: CallOfOptions): {
  call: WeightCall;
  method: Method;
  why: string;
  salt: number[] | undefined;
} {
  const { plan, rules, versionKey, netuid, signer, rng } = options;
  const { method, why, row, reveal } = plan;
  if (method === "set") {
    return { call: { kind: "set", row, versionKey: `${versionKey}` }, method, why, salt: undefined };
  }
  const hotkey = publicKeyOf(signer.hotkey);
  if (hotkey === undefined) throw new Failure("malformed", "the hotkey is no address of this chain");
  const { uids, values } = row;
  if (method === "hash") {
    const salt = Array.from({ length: SALT_WORDS }, () => rng.integer(65_536));
    const hash = weightsCommitHash({ hotkey, index: netuid, uids, values, salt, versionKey });
    return { call: { kind: "commit", hash: toHex(hash) }, method, why, salt };
  }
  const commitReveal = rules.commitReveal;
  if (commitReveal?.beacon == null || reveal === null) {
    throw new Failure("defect", "a timelocked commit was planned without a beacon");
  }
  const ciphertext = sealToRound({
    plaintext: encodeWeightsPayload({ hotkey, uids, values, versionKey }),
    round: BigInt(reveal.round),
    beacon: { publicKey: fromHex(commitReveal.beacon.publicKey) },
    rng,
  });
  const { version } = commitReveal;
  return {
    call: { kind: "timelock", ciphertext: toHex(ciphertext), round: reveal.round, version },
    method,
    why,
    salt: undefined,
  };
}
