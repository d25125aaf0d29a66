/** Brings one decision a step nearer to the chain. Each step is put on record before it is taken, and read back after it. */
import type { Fate } from "../../chain/chain.ts";
import { epochWindow } from "../../chain/commit-reveal/epoch-schedule.ts";
import { maxUpscale } from "../../chain/devnet/pallets/subtensor/weight-vector.ts";
import { planWeights } from "../../chain/weight-setting/plan.ts";
import type { Effect } from "../../ledger/ledger.ts";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure } from "../../protocol/failure.ts";
import type { RecordBody } from "../../protocol/records.ts";
import type { SignedCall, WeightCall, WeightRow, WeightRules } from "../../protocol/weight-setting.ts";
import type { WeightEvidence } from "../../protocol/weights.ts";
import { appendRecord } from "../records.ts";
import { callOf } from "./call-of.ts";
import { type Journey, MAX_ATTEMPTS, readJourney } from "./journey.ts";
import type { Fence, SubmitOptions } from "./options.ts";
import { refuse } from "./refuse.ts";
import { movedUids, resolveHotkeys } from "./resolve.ts";

type Sent = RecordBody<"weights.sent">;

export interface Step {
  effect: Effect;
  decision: WeightEvidence;
  /** Whether a later decision has not taken its place. */
  isLatest: boolean;
  /** Whether a call of an earlier decision is on its way: a second one would only meet the rate limit. */
  inFlight: boolean;
  lease: Fence;
  signal: AbortSignal;
}

/**
 * Tells whether a call of this decision is on its way. Fails with a terminal failure when the decision can never be set,
 * and with a retryable one when not now.
 */
export async function submitDecision(options: SubmitOptions, step: Step): Promise<boolean> {
  const { ledger, subnet } = options;
  const { effect, decision } = step;
  // Steps follow each other in one turn as far as the chain lets them.
  for (let taken = 0; taken < MAX_ATTEMPTS && !step.signal.aborted; taken++) {
    const journey = await readJourney(ledger, subnet.definition.name, decision.epoch);
    if (journey.over) {
      await ledger.effectDone(effect.id);
      return false;
    }
    if (!(await advance(options, step, journey))) return journey.open !== undefined;
  }
  return true;
}

/** One step. Tells whether another may follow at once. */
async function advance(options: SubmitOptions, step: Step, journey: Journey): Promise<boolean> {
  const { open, committed, commit, attempts, failure } = journey;
  if (open !== undefined) return conclude(options, step, open);
  if (attempts >= MAX_ATTEMPTS) {
    throw new Failure("refused", `no attempt of ${attempts} was taken`, { meta: { last: failure ?? "" } });
  }
  if (committed !== undefined && commit !== undefined) {
    return followCommit(options, step, committed, commit, attempts + 1);
  }
  if (!step.isLatest) {
    await refuse(options, step.effect, step.decision, "a later decision took its place", false);
    return false;
  }
  return step.inFlight ? false : begin(options, step, attempts + 1);
}

/** Plans, and sends when the chain would take it now. */
async function begin(options: SubmitOptions, step: Step, attempt: number): Promise<boolean> {
  const { chain, netuid, signer, node, subnet } = options;
  const { decision } = step;
  const versionKey = BigInt(options.versionKey ?? subnet.definition.version);
  const rules = await chain.weights.rules({ netuid, hotkey: signer.hotkey });
  const resolved = resolveHotkeys(decision, await chain.metagraph(netuid));
  if (resolved.gone.length > 0) {
    node.log.warn("miners were deregistered before their weights were sent", { gone: resolved.gone.length });
  }
  const plan = planWeights({ rules, row: resolved.vector, versionKey, netuid });
  const [problem] = plan.problems;
  if (problem !== undefined) throw problem;
  // Too soon: the next turn asks again.
  if (plan.block > rules.block + 1) return false;
  const made = callOf({ plan, rules, versionKey, netuid, signer, rng: node.rng });
  await send(options, step, rules, {
    ...{
      attempt,
      step: plan.method === "set" ? "set" : "commit",
      method: made.method,
      why: cutText(made.why, 200),
    },
    ...{ row: plan.row, versionKey: `${versionKey}`, call: made.call },
    hotkeys: plan.row.uids.map((uid) => resolved.hotkeys[resolved.vector.uids.indexOf(uid)] ?? ""),
    ...(made.salt === undefined ? {} : { salt: made.salt }),
  });
  return true;
}

type Sending = Omit<Sent, "epoch" | "round" | "signed" | "uid"> & { call: WeightCall };

/** On record first, with the very bytes; then sent. */
async function send(
  options: SubmitOptions,
  { decision, lease }: Step,
  rules: WeightRules,
  { call, ...sending }: Sending,
): Promise<void> {
  const { chain, ledger, subnet, netuid, signer, node } = options;
  const { epoch, round } = decision;
  const signed = await chain.weights.sign({ netuid, call, signer });
  // Zeros that fill the row up belong to nobody in particular.
  const known = sending.hotkeys.every((hotkey) => hotkey !== "");
  const { body, duplicate } = await appendRecord(
    ledger,
    subnet.definition.name,
    "weights.sent",
    { ...sending, hotkeys: known ? sending.hotkeys : [], epoch, round, uid: rules.uid ?? 0, signed },
    { fence: { lease: lease.key, token: lease.token } },
  );
  if (duplicate && body.signed.hash !== signed.hash) return;
  node.log.info("sending weights", {
    epoch,
    step: sending.step,
    method: sending.method,
    attempt: sending.attempt,
  });
  await hand(options, body, signed);
}

/** Gives the bytes to the chain. A refusal is on record, unless only the call's fate can tell what became of it. */
async function hand(options: SubmitOptions, sent: Sent, signed: SignedCall): Promise<void> {
  try {
    await options.chain.weights.send(signed);
  } catch (thrown) {
    const failure = Failure.from(thrown);
    if (failure.code === "conflict" || isAway(failure)) throw waiting(failure);
    await fail(options, sent, failure);
    throw failure;
  }
}

/** Whether the failure says nothing about the call: it may have arrived all the same. */
const isAway = ({ code }: Failure): boolean =>
  ["timeout", "unavailable", "overloaded", "draining", "cancelled", "provider", "storage"].includes(code);

const waiting = (failure: Failure): Failure =>
  new Failure("unavailable", "whether the chain took the call is not known yet", { cause: failure });

/** Finds out what became of a call that was sent, and records it. */
async function conclude(options: SubmitOptions, step: Step, sent: Sent): Promise<boolean> {
  const { chain, node } = options;
  const fate = await chain.weights.fate(sent.signed);
  if (fate.state === "pending") {
    // It may never have arrived, or have been dropped: the same bytes again can be included once at most. A refusal says
    // nothing: the call may be in a block that is not final yet, which is why its like is refused.
    await chain.weights.send(sent.signed).catch((thrown: unknown) => {
      node.log.debug("a call was sent again", { reason: Failure.from(thrown).toLine() });
    });
    return false;
  }
  if (fate.state === "gone") {
    await fail(options, sent, new Failure("expired", "the call was never included in a block"));
    return true;
  }
  if (typeof fate.verdict === "object") {
    await fail(options, sent, fate.verdict.failure);
    if (!fate.verdict.failure.retryable) throw fate.verdict.failure;
    return true;
  }
  if (sent.step === "commit") return concludeCommit(options, step, sent, fate);
  return concludeSet(options, step, sent, fate);
}

async function concludeSet(
  options: SubmitOptions,
  { decision }: Step,
  sent: Sent,
  { block, hash }: Fate & { state: "included" },
): Promise<boolean> {
  const { chain, netuid } = options;
  const { row, lastUpdate } = await chain.weights.row({ netuid, uid: sent.uid });
  // A set in the open counts as an update; a reveal leaves that to its commit.
  if (!sameRow(row, sent.row) || (sent.step === "set" && lastUpdate < block)) {
    throw new Failure("refused", "the chain holds other weights than were sent", {
      meta: { uid: sent.uid, block, lastUpdate },
      hint: "Another process may set weights for this hotkey: look for it.",
    });
  }
  await recordSet(options, decision, sent, { block, hash });
  return true;
}

async function recordSet(
  options: SubmitOptions,
  { epoch, round }: WeightEvidence,
  sent: Sent,
  at: { block: number; hash: string },
): Promise<void> {
  const { chain, ledger, subnet, netuid, node } = options;
  const moved = movedUids(sent, await chain.metagraph(netuid));
  await appendRecord(ledger, subnet.definition.name, "weights.set", {
    ...{ epoch, round, method: sent.method, ...at },
    ...(moved.length === 0 ? {} : { moved }),
  });
  node.metrics.count("orrery_weights_set_total");
  node.metrics.gauge("orrery_weights_alarm", 0, { netuid: `${netuid}` });
  node.log.info("weights set", { epoch, block: at.block, miners: sent.row.uids.length });
  if (moved.length > 0) {
    node.log.warn("uids changed hands while the weights were on their way", { uids: moved.join(" ") });
  }
}

async function concludeCommit(
  options: SubmitOptions,
  { decision }: Step,
  sent: Sent,
  { block, hash }: Fate & { state: "included" },
): Promise<boolean> {
  const { chain, ledger, subnet, netuid, signer, node } = options;
  const commits = await chain.weights.commits({ netuid, hotkey: signer.hotkey });
  const found = commits.find((commit) => commit.block === block);
  const rules = await chain.weights.rules({ netuid, hotkey: signer.hotkey });
  const period = rules.commitReveal?.revealPeriod ?? 1;
  // Gone already: it was opened before anybody looked.
  const committedIn = found?.epoch ?? Math.max(0, rules.epoch - period);
  const { epoch, round } = decision;
  await appendRecord(ledger, subnet.definition.name, "weights.committed", {
    ...{ epoch, round, attempt: sent.attempt, method: sent.method, block, hash },
    ...{ committedIn, revealedIn: committedIn + period },
  });
  node.log.info("weights committed", { epoch, block, method: sent.method, revealedIn: committedIn + period });
  return true;
}

/** Reveals a hash commit in its epoch; of a timelocked one, sees whether the chain has opened it. */
async function followCommit(
  options: SubmitOptions,
  step: Step,
  committed: RecordBody<"weights.committed">,
  commit: Sent,
  attempt: number,
): Promise<boolean> {
  const { chain, netuid, signer } = options;
  const commits = await chain.weights.commits({ netuid, hotkey: signer.hotkey });
  const isOpen = commits.some(({ block, kind }) => block === committed.block && kind === kindOf(commit));
  if (!isOpen) {
    // The chain took it off its list: it was revealed, or dropped.
    const { row, block } = await chain.weights.row({ netuid, uid: commit.uid });
    if (!sameRow(row, commit.row) && !step.isLatest) {
      // Nobody looked while these were on chain: whether they ever were cannot be told any more.
      await refuse(options, step.effect, step.decision, "later weights took its place unseen", false);
      return false;
    }
    if (!sameRow(row, commit.row)) {
      throw new Failure("refused", "the chain dropped the commit without setting its weights", {
        meta: { committed: committed.block, looked: block },
        hint:
          commit.method === "timelock"
            ? "Its beacon's pulse came too late, or the hotkey lost its permit meanwhile."
            : "It was not revealed in its epoch: was this setter down?",
      });
    }
    await recordSet(options, step.decision, commit, { block, hash: committed.hash });
    return true;
  }
  if (commit.method === "timelock") return false;
  const rules = await chain.weights.rules({ netuid, hotkey: signer.hotkey });
  const schedule = rules.commitReveal?.schedule;
  if (schedule === undefined) return false;
  const { first, end } = epochWindow(schedule, committed.revealedIn);
  const next = rules.block + 1;
  if (next < first) return false;
  if (next >= end) {
    throw new Failure("refused", "ExpiredWeightCommit", {
      meta: { revealedIn: committed.revealedIn, epoch: rules.epoch },
      hint: "It was not revealed in its epoch: keep this setter running.",
    });
  }
  const { row, salt = [], versionKey, method, why, hotkeys } = commit;
  const call: WeightCall = { kind: "reveal", row, salt, versionKey };
  await send(options, step, rules, {
    ...{ attempt, step: "reveal", method, why, row, hotkeys, versionKey, salt, call },
  });
  return true;
}

const kindOf = ({ method }: Sent): "commit" | "timelock" => (method === "timelock" ? "timelock" : "commit");

async function fail(options: SubmitOptions, sent: Sent, failure: Failure): Promise<void> {
  const { ledger, subnet, node } = options;
  const { epoch, round, attempt } = sent;
  const reason = cutText(failure.toLine(), 1_000);
  node.log.warn("an attempt to set weights came to nothing", { epoch, attempt, reason });
  await appendRecord(ledger, subnet.definition.name, "weights.failed", { epoch, round, attempt, reason });
}

/** The chain scales rows up when it stores them, and keeps them as they were sent. */
function sameRow(onChain: WeightRow, sent: WeightRow): boolean {
  const values = maxUpscale(sent.values);
  return (
    onChain.uids.length === sent.uids.length &&
    onChain.uids.every((uid, at) => uid === sent.uids[at] && onChain.values[at] === values[at])
  );
}
