/** `bun run <verb>`: finds the verb, runs it, turns a failure into one line and an exit code. */
import { Failure } from "../protocol/failure.ts";

type Run = (args: string[]) => Promise<number>;

/** Each verb is one module, loaded only when asked for: a node starts no faster than what it imports. */
const VERBS: Record<string, { what: string; load: () => Promise<{ run: Run }> }> = {
  start: { what: "run a whole subnet here and watch it work", load: () => import("./start/start.ts") },
  node: { what: "start a node with one or more roles", load: () => import("./node/node.ts") },
  simulate: {
    what: "a subnet on a virtual clock, deterministic by seed",
    load: () => import("./simulate/simulate.ts"),
  },
  devnet: {
    what: "a chain that real Bittensor clients connect to",
    load: () => import("./devnet/devnet.ts"),
  },
  doctor: { what: "check what a node needs, and say the fix", load: () => import("./doctor/doctor.ts") },
  models: {
    what: "get, list, convert and try models that run here",
    load: () => import("./models/models.ts"),
  },
  isolate: { what: "run one program in an isolate by hand", load: () => import("./isolate.ts") },
  receipts: { what: "check and show receipts of tool calls", load: () => import("./receipts.ts") },
  ledger: { what: "verify, rebuild, show, back up and restore a ledger", load: () => import("./ledger.ts") },
  dlq: { what: "list, show and replay dead letters", load: () => import("./dlq.ts") },
  wallet: { what: "make, show and use wallets of Bittensor", load: () => import("./wallet.ts") },
  inspect: { what: "look into a running node", load: () => import("./inspect.ts") },
  "nats-config": {
    what: "write operator, accounts and server config",
    load: () => import("./nats-config.ts"),
  },
  weights: { what: "what would be set on chain, and what was", load: () => import("./weights.ts") },
  yuma: { what: "one epoch of Yuma consensus, and who gains by it", load: () => import("./yuma.ts") },
  docs: { what: "write the generated reference pages", load: () => import("./docs.ts") },
  bench: {
    what: "measure speed against a floor in the same run",
    load: () => import("../test/bench/bench.ts"),
  },
};

/** What exit codes mean, for every verb. */
export const EXIT = { ok: 0, failed: 1, usage: 2, dirtyDrain: 3 } as const;

const overview = () =>
  [
    "Orrery: incentivised subnets as actors.",
    "",
    "Usage: bun run <verb> [options]     (bun run <verb> --help tells more)",
    "",
    ...Object.entries(VERBS).map(([name, { what }]) => `  ${name.padEnd(14)}${what}`),
  ].join("\n");

async function main([name, ...args]: string[]): Promise<number> {
  if (name === undefined || name === "--help" || name === "-h") {
    console.log(overview());
    return name === undefined ? EXIT.usage : EXIT.ok;
  }
  if (name === "--version") {
    console.log(`orrery ${(await import("./node/version.ts")).VERSION}`);
    return EXIT.ok;
  }
  const verb = VERBS[name];
  if (verb === undefined) {
    console.error(`orrery: ${JSON.stringify(name)} is no verb\n\n${overview()}`);
    return EXIT.usage;
  }
  try {
    return await (await verb.load()).run(args);
  } catch (thrown) {
    const { fileTrouble } = await import("./file-trouble.ts");
    const failure = fileTrouble(thrown) ?? Failure.from(thrown);
    console.error(`orrery ${name}: ${failure.toLine()}`);
    const cause =
      failure.code === "defect" && failure.cause instanceof Error ? failure.cause.stack : undefined;
    if (cause !== undefined) console.error(cause);
    return failure.code === "config" ? EXIT.usage : EXIT.failed;
  }
}

process.exit(await main(process.argv.slice(2)));
