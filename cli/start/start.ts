/** `npm start`: a whole subnet in one process, on real submissions in real isolates. */

import { cpus } from "node:os";
import { join, resolve } from "node:path";
import { challengesModels } from "../../actors/loaded-subnet.ts";
import { Failure } from "../../protocol/failure.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { helpText } from "../options/help.ts";
import { parseOptions } from "../options/options.ts";
import { cliLogger, silentLogger } from "../terminal/cli-logger.ts";
import { createProgress } from "../terminal/progress.ts";
import type { bootDemo } from "./boot-demo.ts";
import { StartOptions, startInfo } from "./options.ts";
import { type MinerResult, minerResults, resultTable } from "./report.ts";
import { type RoundResult, watchRounds } from "./watch.ts";

/** Exit codes: 0 stopped or done, 1 failed or ended before its rounds were done, 3 some work did not stop in time. */
const EXIT = { done: 0, failed: 1, dirty: 3 } as const;

export async function run(args: string[]): Promise<number> {
  const { options, help } = parseOptions(StartOptions, { args, env: process.env });
  if (help) {
    console.log(helpText(startInfo));
    return 0;
  }
  // Only now: help and refused options have no need of a whole subnet's code.
  const [
    { bootDemo },
    { castOf },
    { DEMO_NETUID, demoWorld },
    { ISOLATE_CACHE, openIsolates },
    { loadSubnet },
  ] = await Promise.all([
    import("./boot-demo.ts"),
    import("./cast.ts"),
    import("./demo-world.ts"),
    import("../node/isolates.ts"),
    import("../node/subnets.ts"),
  ]);
  const stop = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => stop.abort(new Failure("cancelled", `stopped by ${signal}`)));
  }
  const clock = createSystemClock();
  const began = clock.monotonic();
  const subnet = await loadSubnet(options.subnet, { params: options.params, dataset: options.dataset });
  if (challengesModels(subnet)) {
    throw new Failure(
      "config",
      `subnet ${subnet.definition.name} challenges models, and npm start has none`,
      {
        hint: `bun run simulate --subnet ${options.subnet} shows it; docs/mining.md tells how nodes with models start.`,
      },
    );
  }
  const world = await demoWorld(await castOf(subnet.definition.name, options.miners));
  const isolates = await openIsolates({
    options,
    cache: ISOLATE_CACHE,
    quiet: options.json,
    signal: stop.signal,
  }).catch((thrown: unknown) => {
    if (!stop.signal.aborted) throw thrown;
  });
  if (isolates === undefined) {
    console.error("Stopped before the first round.");
    return options.rounds === undefined ? EXIT.done : EXIT.failed;
  }
  const folder = resolve(options.data);
  const demo = await bootDemo({
    clock,
    subnet,
    world,
    ledger: join(folder, "ledger.sqlite"),
    folder,
    isolates: { backend: isolates, slots: options.slots ?? cpus().length },
    http: options.http,
    log: cliLogger({ level: options.log }),
    tell: (line) => {
      if (!options.json) console.log(line);
    },
    minerLog: options.log === "debug" ? cliLogger({ level: "debug" }) : silentLogger,
    ...(options.rounds === undefined ? {} : { rounds: options.rounds }),
  });
  if (!options.json)
    console.log(
      `Orrery: ${subnet.definition.summary}\nDashboard: ${demo.url}\nChain: ${demo.chainUrl}, netuid ${DEMO_NETUID}\n`,
    );

  const rounds: RoundResult[] = [];
  let dirty = false;
  try {
    for await (const result of watchWithProgress(demo, options, stop.signal)) {
      rounds.push(result);
      if (!options.json) tell(result, minerResults(result, demo.names), demo.url);
      if (rounds.length === options.rounds) break;
    }
  } finally {
    const head = await demo.ledger.head();
    const clean = await demo.stop();
    if (options.json) {
      const last = rounds.at(-1);
      console.log(
        JSON.stringify({
          subnet: subnet.definition.name,
          rounds: rounds.length,
          seconds: Number(((clock.monotonic() - began) / 1_000).toFixed(3)),
          standings: last === undefined ? [] : minerResults(last, demo.names),
          weights: last?.weights ?? { epoch: null, set: false, reason: "no round was finished" },
          ledger: { events: head.seq, head: head.hash },
        }),
      );
    }
    if (!clean) {
      dirty = true;
      console.error("Some work did not stop in time; nothing that was recorded is lost.");
    }
  }
  if (demo.failed.aborted) throw Failure.from(demo.failed.reason);
  if (rounds.length < (options.rounds ?? 0)) return EXIT.failed;
  return dirty ? EXIT.dirty : EXIT.done;
}

/** Rounds as they close, with progress in between. */
async function* watchWithProgress(
  demo: Awaited<ReturnType<typeof bootDemo>>,
  options: StartOptions,
  signal: AbortSignal,
): AsyncGenerator<RoundResult> {
  const progress = createProgress({ quiet: options.json });
  let planned = 0;
  let concluded = 0;
  let round = 0;
  const show = () =>
    progress.update({
      label: `round ${round}`,
      detail: `${concluded} of ${planned} jobs`,
      fraction: planned === 0 ? 0 : concluded / planned,
    });
  const watched = watchRounds({
    ...demo,
    signal: AbortSignal.any([signal, demo.failed]),
    onOpen: (opened) => {
      planned = opened.tasks.length * opened.miners.length;
      concluded = 0;
      round = opened.round;
      show();
    },
    onJob: () => {
      concluded++;
      show();
    },
  });
  for await (const result of watched) {
    progress.done();
    yield result;
  }
  progress.done();
}

function tell(result: RoundResult, rows: readonly MinerResult[], url: string): void {
  const { epoch, set, reason } = result.weights;
  console.log(`Round ${result.round}`);
  console.log(resultTable(rows));
  console.log(`\nWeights ${set ? `set in epoch ${epoch}` : `not set: ${reason}`}. Dashboard: ${url}\n`);
}
