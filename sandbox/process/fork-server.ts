/**
 * The process that isolates are forked from: a Python that has loaded what programs use, behind every layer that a case
 * needs before it has namespaces of its own. It is told limits and given descriptors, and never sees a submission.
 * When it is gone, all of its cases are, and the next order starts another.
 */
import { constants, openSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { endProcess } from "../kill.ts";
import { closeQuietly, sendDescriptors, socketPair } from "./descriptors.ts";
import { Shown } from "./shown.ts";

/** What differs from one case to the next, as fork-server.py reads it. */
export interface Order {
  /** Soft and hard limits of each process, in bytes, seconds or counts, by the names of `resource.RLIMIT_…`. */
  rlimits: Readonly<Record<string, number>>;
  /** Size of `/tmp`; 0 for none. */
  diskBytes: number;
}

/** Our ends of what a case was given, for the caller to close. */
interface Forked {
  /** Standard input, output and error, answers, tool calls. */
  readonly channels: readonly number[];
  /** Tells the process that waits for the case, then how it ended and what it used. Whatever is written to it ends the case. */
  readonly life: number;
}

export interface ForkServer {
  /** Throws `unavailable`. Whether the case starts is told by its channels. */
  fork(order: Order, join?: readonly string[]): Forked;
  /** Why it ended, if it has ended and said so. */
  complaint(): Promise<string>;
  /** Kills it, and by that all that it has forked. */
  kill(): void;
  /** Ends it, and returns when it is gone. */
  close(): Promise<void>;
}

const CHANNELS = 5;

/** It ends by itself once its orders end, and what it has said is there soon after. */
const PATIENCE_MS = 1_000;

interface Running {
  readonly child: Bun.Subprocess;
  /** Where it takes orders; undefined once it may end. */
  control: number | undefined;
}

interface StartForkServer {
  /** Runs fork-server.py. */
  command: readonly string[];
  clock: Clock;
}

/** It is not started before the first order. */
export function createForkServer({ command, clock }: StartForkServer): ForkServer {
  let running: Running | undefined;
  let said = Promise.resolve("");
  let closed = false;

  const start = (): Running => {
    const [control, theirs] = socketPair("messages");
    const told = new Shown();
    try {
      const child = Bun.spawn([...command], {
        // Python keeps what kind its standard streams are of: the same as those of the cases.
        stdio: [theirs, "pipe", "pipe"],
        env: {},
        cwd: "/",
        detached: true, // a process group of its own, so that one kill reaches everything that is not yet in namespaces
        onExit: () => over(started),
      });
      const started: Running = { child, control };
      void listen(child.stdout, () => {});
      said = listen(child.stderr, (chunk) => told.push(chunk)).then(() => told.text().slice(-500));
      return started;
    } catch (cause) {
      closeQuietly(control);
      throw new Failure("unavailable", "the isolates' fork server cannot be started", { cause });
    } finally {
      closeQuietly(theirs);
    }
  };
  /** No more orders go there, which ends it if it has not ended. */
  const over = (ended: Running): void => {
    if (ended.control !== undefined) closeQuietly(ended.control);
    ended.control = undefined;
    if (running === ended) running = undefined;
  };

  return {
    fork(order, join = []) {
      if (closed) throw new Failure("unavailable", "the isolate back end is closed");
      running ??= start();
      const ours: number[] = [];
      const theirs: number[] = [];
      try {
        for (let made = 0; made <= CHANNELS; made++) {
          const [kept, given] = socketPair("stream");
          ours.push(kept);
          theirs.push(given);
        }
        for (const path of join) theirs.push(openGroup(path));
        if (!sendDescriptors(running.control!, JSON.stringify(order), theirs)) {
          over(running); // the next order starts another
          throw new Failure("unavailable", "the isolates' fork server does not take orders");
        }
      } catch (thrown) {
        for (const descriptor of ours) closeQuietly(descriptor);
        throw thrown;
      } finally {
        for (const descriptor of theirs) closeQuietly(descriptor);
      }
      return { channels: ours.slice(0, CHANNELS), life: ours[CHANNELS]! };
    },
    async complaint() {
      const { promise, resolve } = Promise.withResolvers<string>();
      const patience = clock.after(PATIENCE_MS, () => resolve("")); // it has not ended
      const text = await Promise.race([said, promise]);
      patience.cancel();
      return text;
    },
    kill() {
      if (running === undefined) return;
      endProcess(running.child, clock);
      over(running);
    },
    async close() {
      closed = true;
      if (running === undefined) return;
      const { child } = running;
      over(running);
      const patience = clock.after(PATIENCE_MS, () => endProcess(child, clock));
      await child.exited;
      patience.cancel();
    },
  };
}

function openGroup(path: string): number {
  try {
    return openSync(path, constants.O_WRONLY);
  } catch (cause) {
    throw new Failure("unavailable", "an isolate's control group cannot be joined", { cause });
  }
}

async function listen(stream: ReadableStream<Uint8Array>, take: (chunk: Uint8Array) => void): Promise<void> {
  try {
    for await (const chunk of stream) take(chunk);
  } catch {
    // A pipe that breaks ends like one that closes.
  }
}
