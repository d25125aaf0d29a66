/** What the pool says of an extrinsic that it does not take, as a failure with a remedy. */
import type { Failure } from "../../../protocol/failure.ts";
import { type Remedy, remedied } from "./remedy.ts";

/** Subtensor's custom validity errors by number (`CustomTransactionError`). */
const CUSTOM: Readonly<Record<number, readonly [name: string, remedy: Remedy]>> = {
  0: [
    "ColdkeyInSwapSchedule",
    { meaning: "refused", hint: "The coldkey is being swapped: wait for the swap." },
  ],
  1: [
    "StakeAmountTooLow",
    {
      meaning: "refused",
      hint: "Stake more: for weights the hotkey must reach the chain's threshold, for staking the amount its minimum.",
    },
  ],
  2: ["BalanceTooLow", { meaning: "refused", hint: "Send TAO to the coldkey, or spend less." }],
  3: ["SubnetNotExists", { meaning: "not-found", hint: "There is no subnet with this netuid." }],
  4: [
    "HotkeyAccountDoesntExist",
    { meaning: "not-found", hint: "The chain knows no such hotkey: register it, or stake to it first." },
  ],
  5: ["NotEnoughStakeToWithdraw", { meaning: "refused", hint: "Ask for no more than is staked." }],
  6: [
    "RateLimitExceeded",
    { meaning: "later", hint: "Wait until the rate limit of this call has passed since the last time." },
  ],
  7: [
    "InsufficientLiquidity",
    { meaning: "refused", hint: "The subnet's pool cannot serve this; ask for less." },
  ],
  8: [
    "SlippageTooHigh",
    { meaning: "refused", hint: "The price would move beyond the limit; ask for less." },
  ],
  9: ["TransferDisallowed", { meaning: "refused", hint: "This subnet does not let stake be transferred." }],
  10: [
    "HotKeyNotRegisteredInNetwork",
    { meaning: "unauthorised", hint: "Register the hotkey on this subnet first." },
  ],
  11: [
    "InvalidIpAddress",
    { meaning: "malformed", hint: "Give an address that others can reach: loopback is refused." },
  ],
  12: [
    "ServingRateLimitExceeded",
    {
      meaning: "later",
      hint: "Wait until the subnet's serving_rate_limit has passed since the last announcement.",
    },
  ],
  13: ["InvalidPort", { meaning: "malformed", hint: "Give a port from 1 to 65535." }],
  14: [
    "ZeroMaxAmount",
    { meaning: "refused", hint: "At this limit price nothing at all could be exchanged." },
  ],
  15: [
    "InvalidRevealRound",
    {
      meaning: "malformed",
      hint: "Name a beacon round that the chain has not stored yet; check this machine's clock.",
    },
  ],
  16: [
    "CommitNotFound",
    {
      meaning: "not-found",
      hint: "Commit first; what was committed may have been revealed or have expired.",
    },
  ],
  17: [
    "CommitBlockNotInRevealRange",
    { meaning: "later", hint: "Reveal in the epoch that the commit is due in." },
  ],
  18: ["InputLengthsUnequal", { meaning: "malformed", hint: "Give lists of one length." }],
  19: [
    "UidNotFound",
    { meaning: "unauthorised", hint: "Register the hotkey on this subnet first; it may have been pruned." },
  ],
  20: [
    "EvmKeyAssociateRateLimitExceeded",
    { meaning: "later", hint: "Wait before associating an EVM key again." },
  ],
  21: [
    "ColdkeySwapDisputed",
    { meaning: "refused", hint: "The coldkey's swap is disputed: nothing is taken from it." },
  ],
  22: [
    "InvalidRealAccount",
    { meaning: "malformed", hint: "The proxied account is none, or not this one's to act for." },
  ],
  23: ["FailedShieldedTxParsing", { meaning: "malformed", hint: "Encrypt the shielded transaction again." }],
  24: [
    "InvalidShieldedTxPubKeyHash",
    { meaning: "later", hint: "Encrypt to the shield's key of now: it changes with every block." },
  ],
  25: [
    "NonAssociatedColdKey",
    { meaning: "unauthorised", hint: "Sign with the coldkey that owns this hotkey." },
  ],
  26: ["DelegateTakeTooLow", { meaning: "malformed", hint: "Give a take above the chain's minimum." }],
  27: ["DelegateTakeTooHigh", { meaning: "malformed", hint: "Give a take below the chain's maximum." }],
  255: [
    "BadRequest",
    {
      meaning: "refused",
      hint: "The chain refused it before dispatch without saying why; check the call's arguments.",
    },
  ],
};

/** Substrate's own words for 1010, by how they begin. */
const INVALID: readonly (readonly [begins: string, name: string, remedy: Remedy])[] = [
  [
    "Transaction is outdated",
    "StaleNonce",
    {
      meaning: "conflict",
      hint: "Its nonce was used: see what the extrinsic before did, then sign with the next one.",
    },
  ],
  [
    "Transaction will be valid in the future",
    "FutureNonce",
    { meaning: "conflict", hint: "Its nonce is ahead of the account's: sign with the next one." },
  ],
  [
    "Transaction has a bad signature",
    "BadSignature",
    {
      meaning: "later",
      hint: "The key, the genesis or the runtime version is not the one that was signed for: it is signed anew, for the runtime may have been upgraded.",
    },
  ],
  [
    "Transaction has an ancient birth block",
    "AncientBirthBlock",
    { meaning: "conflict", hint: "It was signed too long ago: sign it anew." },
  ],
  [
    "Inability to pay some fees",
    "CannotPayFees",
    { meaning: "refused", hint: "Send TAO to the account that signs: it cannot pay the fee." },
  ],
  [
    "Transaction would exhaust the block limits",
    "ExhaustsResources",
    { meaning: "later", hint: "The block is full; submit again." },
  ],
  [
    "Transaction call is not expected",
    "CallNotExpected",
    { meaning: "refused", hint: "The chain takes no such call." },
  ],
  [
    "Transaction dispatch is mandatory",
    "BadMandatory",
    { meaning: "refused", hint: "This call is the chain's own and cannot be submitted." },
  ],
];

/** Other codes of the `author` and `transaction pool` namespaces. */
const CODES: Readonly<Record<number, readonly [name: string, remedy: Remedy]>> = {
  1001: [
    "BadFormat",
    { meaning: "malformed", hint: "The node cannot read the extrinsic: its runtime changed, sign anew." },
  ],
  1002: [
    "VerificationError",
    { meaning: "malformed", hint: "The runtime cannot read the extrinsic: sign anew." },
  ],
  1011: [
    "UnknownValidity",
    { meaning: "later", hint: "The node cannot judge the extrinsic now; submit again." },
  ],
  1012: [
    "TemporarilyBanned",
    {
      meaning: "later",
      hint: "The pool refused the same extrinsic lately: wait some minutes, or sign it anew.",
    },
  ],
  1013: [
    "AlreadyImported",
    { meaning: "conflict", hint: "Nothing to do: the extrinsic is in the pool already." },
  ],
  1014: [
    "PriorityTooLow",
    {
      meaning: "conflict",
      hint: "Another extrinsic with the same nonce waits: wait for it, or for it to leave the pool. One process a key submits.",
    },
  ],
  1015: ["CycleDetected", { meaning: "refused", hint: "The extrinsic depends on itself." }],
  1016: ["ImmediatelyDropped", { meaning: "later", hint: "The pool is full; submit again." }],
  1018: ["Unactionable", { meaning: "refused", hint: "The extrinsic can never be included; sign anew." }],
};

const CUSTOM_ERROR = /^Custom error: (\d{1,3})$/;

/** A node's error on submission, named and with a remedy; what is no refusal of the pool comes back as it is. */
export function poolFailure(failure: Failure): Failure {
  const { rpcCode, rpcData } = failure.meta ?? {};
  if (typeof rpcCode !== "number") return failure;
  const data = typeof rpcData === "string" ? rpcData : "";
  const meta = { rpcCode, ...(data === "" ? {} : { rpcData: data }) };
  if (rpcCode === 1010) {
    const custom = CUSTOM_ERROR.exec(data)?.[1];
    const known = custom === undefined ? undefined : CUSTOM[Number(custom)];
    if (known !== undefined) return remedied(known[0], known[1], { ...meta, custom: Number(custom) });
    const words = INVALID.find(([begins]) => data.startsWith(begins));
    if (words !== undefined) return remedied(words[1], words[2], meta);
    const strange: Remedy = { meaning: "refused", hint: "This release knows no remedy for it." };
    return remedied("InvalidTransaction", strange, meta);
  }
  const known = CODES[rpcCode];
  return known === undefined ? failure : remedied(known[0], known[1], meta);
}
