/** `bun run node`: one process with the roles it is told, until it is asked to stop. */

import { Failure, type FailureCode } from "../../protocol/failure.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { readConfigFile } from "../options/config-file.ts";
import { type CommandInfo, helpText } from "../options/help.ts";
import { parseOptions } from "../options/options.ts";
import { cliLogger } from "../terminal/cli-logger.ts";
import { NodeConfig } from "./config.ts";

export const nodeInfo: CommandInfo = {
  name: "node",
  summary: "Starts a node: one process with one or more roles of a subnet. SIGTERM drains it.",
  usage: "bun run node --role ROLE[,…] [options]",
  schema: NodeConfig,
  examples: [
    {
      command:
        "bun run node --role validator --nats nats://10.0.0.1:4222 --creds creds/validator.creds --hotkey keys/hot",
      what: "one role on a cluster",
    },
    {
      command:
        "bun run node --role miner --enrol https://registry.example --hotkey keys/hot --submission solve.py",
      what: "a miner that enrols with its hotkey",
    },
    { command: "bun run node --config validator.toml", what: "all options from a file" },
  ],
};

const EXIT = { clean: 0, failed: 1, dirty: 3, refused: 4 } as const;
const EXIT_CODES =
  "0 drained clean, 1 failed, 2 bad option, 3 a drain phase ran out of time, 4 not let in: a restart changes nothing.";

/** Credentials, hotkey or permissions that are not accepted, or not any more. */
const NOT_LET_IN: ReadonlySet<FailureCode> = new Set(["unauthorised", "refused"]);

export async function run(args: string[]): Promise<number> {
  const where = configPath(args);
  const file = where === undefined ? {} : await readConfigFile(where);
  const { options: config, help } = parseOptions(NodeConfig, { args, env: process.env, file });
  if (help) {
    console.log(`${helpText(nodeInfo)}\n\nExit codes: ${EXIT_CODES}`);
    return EXIT.clean;
  }
  const log = cliLogger({ level: config.log, format: config.logFormat });
  const asked = new AbortController();
  const stopped = new Promise<"asked">((resolve) => {
    asked.signal.addEventListener("abort", () => resolve("asked"), { once: true });
  });
  onStop(() => asked.abort());
  // Only now: help and refused options have no need of a node's code.
  const { startNode } = await import("./start-node.ts");
  const started = await startNode({ config, log, signal: asked.signal }).catch((thrown: unknown) => {
    const failure = Failure.from(thrown);
    // What waits when a node is asked to stop ends in many ways, all of which mean just that.
    if (asked.signal.aborted && failure.code !== "config") return "stopped" as const;
    if (NOT_LET_IN.has(failure.code)) return failure;
    throw thrown;
  });
  if (started === "stopped") {
    log.info("stopped before it was ready");
    return EXIT.clean;
  }
  if (started instanceof Failure) {
    console.error(`orrery node: ${started.toLine()}`);
    return EXIT.refused;
  }
  const { node, url } = started;
  node.ready();
  console.log(
    JSON.stringify({
      ready: true,
      node: node.name,
      roles: node.roles,
      ...(url === undefined ? {} : { url }),
    }),
  );

  const end = await Promise.race([stopped, node.failed]);
  const report = await node.drain();
  for (const { phase, timedOut, errors } of report.phases) {
    if (timedOut || errors.length > 0) log.warn("drain phase did not end clean", { phase, timedOut, errors });
  }
  if (end !== "asked") return NOT_LET_IN.has(end.code) ? EXIT.refused : EXIT.failed;
  return report.clean ? EXIT.clean : EXIT.dirty;
}

/** A process group and a parent that passes signals on make one request arrive twice. */
const SAME_REQUEST_MS = 1_000;

/** Calls `stop` at the first SIGTERM or SIGINT. Asked again, it goes at once: what is in flight is redelivered to others. */
function onStop(stop: () => void): void {
  const clock = createSystemClock();
  let first: number | undefined;
  for (const signal of ["SIGTERM", "SIGINT"] as const) {
    process.on(signal, () => {
      if (first !== undefined && clock.monotonic() - first > SAME_REQUEST_MS) process.exit(EXIT.dirty);
      first ??= clock.monotonic();
      stop();
    });
  }
}

/** The config file has to be known before the options that it holds can be. */
export function configPath(args: readonly string[]): string | undefined {
  const at = args.findIndex((arg) => arg === "--config" || arg.startsWith("--config="));
  if (at < 0) return process.env.ORRERY_CONFIG;
  return args[at]?.includes("=") ? args[at]?.slice("--config=".length) : args[at + 1];
}
