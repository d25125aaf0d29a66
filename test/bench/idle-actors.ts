/**
 * Run as a process of its own: starts many actors with state, lets each handle one message, and prints what an idle one
 * costs in resident bytes. Argument: how many.
 */
import { ActorSystem, createDeadLetterBuffer } from "../../runtime/actors/index.ts";
import { createMetrics } from "../../runtime/observe/prometheus.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { createSystemRng } from "../../runtime/ports/system-rng.ts";
import { keptLog } from "../support/quiet.ts";

const count = Number(process.argv[2]);
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
let handled = 0;
const kind = {
  name: "idle",
  start() {
    let sum = 0;
    return {
      receive(by: number): number {
        handled++;
        return (sum += by);
      },
    };
  },
};

const resident = (): number => {
  Bun.gc(true);
  return process.memoryUsage.rss();
};

// Code and the first collections are not what is measured.
for (let i = 0; i < 1_000; i++) await system.spawn(kind).tell(1);
await system.drain({ deadline: clock.now() + 10_000 });
handled = 0;
const before = resident();
for (let i = 0; i < count; i++) {
  void system.spawn(kind).tell(1);
  if (i % 1_000 === 0) await clock.sleep(0);
}
while (handled < count) await clock.sleep(1);
const after = resident();
if (system.count !== count) throw new Error(`${system.count} actors instead of ${count}`);
console.log(JSON.stringify({ bytesEach: (after - before) / count }));
process.exit(0);
