/** Collects miners' programs at the start of a round: asked, bounded, checked, recorded. */

import type { Ledger } from "../../ledger/ledger.ts";
import type { BlobRef } from "../../protocol/blob.ts";
import { digest } from "../../protocol/canonical.ts";
import { cutText } from "../../protocol/cut-text.ts";
import { Failure } from "../../protocol/failure.ts";
import { Miner } from "../../protocol/services/miner.ts";
import type { Program, Submission } from "../../protocol/submission.ts";
import type { Node } from "../../runtime/node.ts";
import { putJson } from "../json-blob.ts";
import { appendRecord } from "../records.ts";

export interface IntakeOptions {
  node: Node;
  ledger: Ledger;
  subnet: string;
  /** How long a silent miner is asked again before it counts as absent, in milliseconds. */
  patienceMs: number;
}

export interface Wanted {
  round: number;
  kind: string;
  uid: number;
  hotkey: string;
}

/** What the validator still holds of a program: enough not to ask for the same one twice. */
export interface HeldProgram {
  digest: string;
  files: BlobRef;
  program: Omit<Program, "files">;
}

export interface Intake {
  /** Asks one miner; records its submission or its absence. Resolves with what was recorded, if it handed one in. */
  collect(
    wanted: Wanted,
    signal: AbortSignal,
  ): Promise<{ submission: Submission; held: HeldProgram } | undefined>;
  /** Reloads a program accepted earlier, after a restart. */
  held(submission: Submission): Promise<HeldProgram>;
}

const RETRY_MS = 1_000;
/** One question of several: a message that was lost must not use up all of the patience. */
const ASK_MS = 10_000;

export function createIntake({ node, ledger, subnet, patienceMs }: IntakeOptions): Intake {
  const client = node.client(Miner);
  /** By `kind/uid`: no more entries than the metagraph has places. */
  const latest = new Map<string, { hotkey: string; held: HeldProgram }>();

  async function ask(wanted: Wanted, signal: AbortSignal): Promise<HeldProgram | string> {
    const { uid, hotkey, kind, round } = wanted;
    const until = node.clock.now() + patienceMs;
    const place = `${kind}/${uid}`;
    const before = latest.get(place);
    // A hotkey that took over a uid must not be able to say "unchanged" of its predecessor's program.
    const known = before?.hotkey === hotkey ? before.held : undefined;
    for (;;) {
      try {
        const reply = await client.submission(
          { subnet, round, kind, ...(known === undefined ? {} : { have: known.digest }) },
          { key: String(uid), deadline: Math.min(until, node.clock.now() + ASK_MS), signal },
        );
        if (reply.status === "none") return "the miner has no program";
        if (reply.status === "unchanged") return known ?? "the miner said unchanged, but had sent nothing";
        const held = await hold(reply.program);
        latest.set(place, { hotkey, held });
        return held;
      } catch (thrown) {
        const failure = Failure.from(thrown);
        if (signal.aborted) throw failure;
        // How long to wait is the miner's word, and it may say a year: a miner that wants no question gets none.
        const waitMs = Math.max(failure.retryAfterMs ?? RETRY_MS, RETRY_MS);
        if (!failure.retryable || node.clock.now() + waitMs >= until) return cutText(failure.toLine(), 1_000);
        await node.clock.sleep(waitMs, signal);
      }
    }
  }

  async function hold(program: Program): Promise<HeldProgram> {
    const { files, ...rest } = program;
    return { digest: digest(program), files: await putJson(node.blobs, files), program: rest };
  }

  return {
    async collect(wanted, signal) {
      const { uid, hotkey, kind, round } = wanted;
      const held = await ask(wanted, signal);
      if (typeof held === "string") {
        await appendRecord(ledger, subnet, "miner.absent", { round, kind, uid, hotkey, reason: held });
        return undefined;
      }
      const submission: Submission = {
        id: `u${uid}-${held.digest.slice(0, 16)}`,
        subnet,
        round,
        uid,
        hotkey,
        digest: held.digest,
        program: await putJson(node.blobs, { ...held.program, files: held.files }),
        acceptedAt: node.clock.now(),
      };
      const { body } = await appendRecord(ledger, subnet, "submission.accepted", { kind, submission });
      const recorded = body.submission;
      return {
        submission: recorded,
        held: recorded.digest === held.digest ? held : await this.held(recorded),
      };
    },
    async held(submission) {
      const bytes = await node.blobs.get(submission.program);
      const { files, ...program } = JSON.parse(new TextDecoder().decode(bytes)) as Omit<Program, "files"> & {
        files: BlobRef;
      };
      return { digest: submission.digest, files, program };
    },
  };
}
