/** Speed and size of local actors, beside a mailbox without bounds, deadlines or supervision in the same run. */
import { fileURLToPath } from "node:url";
import { ActorSystem, createDeadLetterBuffer } from "../../runtime/actors/index.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { keptLog } from "../support/quiet.ts";
import { type BenchRow, median } from "./row.ts";

const MESSAGES = 1_000_000;
/** Told before the sender lets the receiver work: half the default mailbox. */
const BURST = 512;
const REPEATS = 7;
const IDLE = 1_000_000;

export async function actorRows(): Promise<BenchRow[]> {
  return [await tellRow(), await idleRow()];
}

async function tellRow(): Promise<BenchRow> {
  const ours = actorSide();
  const naive = naiveSide();
  await ours();
  await naive();
  const rates: [number[], number[]] = [[], []];
  for (let i = 0; i < REPEATS; i++) {
    rates[0].push(await ours());
    rates[1].push(await naive());
  }
  const [value, floor] = [median(rates[0]), median(rates[1])];
  return {
    name: "local tell, bounded mailbox",
    value,
    unit: "messages/s",
    floor,
    ratio: value / floor,
    goal: "≥ 4 M/s",
    holds: value >= 4_000_000,
  };
}

/** Messages a second from the first tell to the last turn. */
function actorSide(): () => Promise<number> {
  const clock = createSystemClock();
  const system = new ActorSystem({
    name: "bench",
    clock,
    rng: createSystemRng(),
    log: keptLog(),
    metrics: createMetrics(),
    deadLetters: createDeadLetterBuffer(),
    onFailure: (failure) => {
      throw failure;
    },
  });
  return async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let handled = 0;
    const actor = system.spawn<number>({
      name: "sink",
      mailbox: { capacity: 1_024, overload: "reject" },
      start: () => ({
        receive() {
          if (++handled === MESSAGES) resolve();
        },
      }),
    });
    const rate = await timed((message) => void actor.tell(message), promise);
    await system.stop(actor);
    return rate;
  };
}

/** The mailbox one writes first: an array and an async loop. */
function naiveSide(): () => Promise<number> {
  return () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    let handled = 0;
    const queue: number[] = [];
    let running = false;
    const receive = async (_message: number): Promise<void> => {
      if (++handled === MESSAGES) resolve();
    };
    const pump = async (): Promise<void> => {
      running = true;
      await Promise.resolve();
      for (let next = queue.shift(); next !== undefined; next = queue.shift()) await receive(next);
      running = false;
    };
    return timed((message) => {
      queue.push(message);
      if (!running) void pump();
    }, promise);
  };
}

async function timed(tell: (message: number) => void, done: Promise<void>): Promise<number> {
  const begun = performance.now();
  for (let sent = 0; sent < MESSAGES; ) {
    for (let i = 0; i < BURST && sent < MESSAGES; i++) tell(sent++);
    // A turn of the event loop costs more than the burst; a turn of the microtask queue lets the receiver work.
    await Promise.resolve();
  }
  await done;
  return MESSAGES / ((performance.now() - begun) / 1_000);
}

async function idleRow(): Promise<BenchRow> {
  const script = fileURLToPath(new URL("./idle-actors.ts", import.meta.url));
  const child = Bun.spawn([process.execPath, script, String(IDLE)], { stdout: "pipe", stderr: "inherit" });
  const text = await new Response(child.stdout).text();
  if ((await child.exited) !== 0) throw new Error("the measuring process failed");
  const value = (JSON.parse(text) as { bytesEach: number }).bytesEach;
  return {
    name: "one million idle actors, resident bytes each",
    value,
    unit: "B",
    floor: null,
    ratio: null,
    goal: "≤ 1,000 B",
    holds: value <= 1_000,
  };
}
