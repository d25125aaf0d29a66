/** `bun run devnet`: a chain for tests and for the first evening, that real Bittensor clients take for one. */
import { z } from "zod";
import type { Devnet } from "../../chain/devnet/devnet.ts";
import { Failure } from "../../protocol/failure.ts";
import type { Clock } from "../../runtime/ports/clock.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";
import { type CommandInfo, helpText } from "../options/help.ts";
import { option, parseOptions } from "../options/options.ts";
import { cliLogger } from "../terminal/cli-logger.ts";
import { showBlocks } from "./block-lines.ts";
import { readGenesisFile, readMetadataFile, readStateFile } from "./files.ts";
import { keepState } from "./keep-state.ts";

const path = z.string().min(1).max(4_096);
const BLOCK_TIME = /^(\d+(?:\.\d+)?)(ms|s)$/;

const Options = z.object({
  port: option(z.number().int().min(0).max(65_535).default(9_944), {
    description: "Port to listen on; 0 takes a free one. 9944 is what clients call `local`.",
  }),
  host: option(z.string().min(1).max(255).default("127.0.0.1"), {
    description: "Address to listen on. Whoever reaches it owns the chain: keep it to this machine.",
    placeholder: "ADDRESS",
  }),
  genesis: option(path.optional(), {
    description: "Accounts, subnets and neurons to start with; without it six funded accounts and no subnet.",
    placeholder: "FILE",
  }),
  metadata: option(path.optional(), {
    description: "Serve this metadata, patched to the devnet's speed, instead of the devnet's own.",
    placeholder: "FILE",
  }),
  blockTime: option(
    z
      .string()
      .refine((text) => text === "manual" || BLOCK_TIME.test(text), "such as 250ms, 12s, or manual")
      .optional(),
    {
      description: "Time between blocks; `manual` makes them on devnet_advance only. Overrides the genesis.",
      placeholder: "250ms|12s|manual",
    },
  ),
  state: option(path.optional(), {
    description: "Go on from this file when it exists; saved there every 5 s and at the end.",
    placeholder: "FILE",
  }),
});

const info: CommandInfo = {
  name: "devnet",
  summary:
    "Runs a chain that real Bittensor clients connect to: subnets, weights, stake, epochs, in one process.",
  usage: "bun run devnet [--port N] [--genesis FILE] [--block-time 250ms|manual] [--state FILE]",
  schema: Options,
  examples: [
    { command: "bun run devnet", what: "ws://127.0.0.1:9944, which clients call `local`" },
    {
      command: "bun run devnet --port 0 --genesis genesis.json --block-time manual",
      what: "for a test: a free port, and no block before devnet_advance asks for one",
    },
  ],
};

export async function run(args: string[]): Promise<number> {
  const { options, help } = parseOptions(Options, { args, env: process.env });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  // Only now: help and refused options have no need of a chain's code.
  const { openDevnet } = await import("../../chain/devnet/devnet.ts");
  const clock = createSystemClock();
  const devnet = await openDevnet({
    ...{ clock, log: cliLogger() },
    listen: { port: options.port, hostname: options.host },
    genesis: options.genesis === undefined ? {} : await readGenesisFile(options.genesis),
    metadata: options.metadata === undefined ? undefined : await readMetadataFile(options.metadata),
    blockTimeMs: options.blockTime === undefined ? undefined : blockTimeMs(options.blockTime),
    state: options.state === undefined ? undefined : await readStateFile(options.state),
  });
  try {
    await serveUntilAsked(devnet, { clock, state: options.state });
  } finally {
    await devnet.close();
  }
  return 0;
}

async function serveUntilAsked(
  { node, url }: Devnet,
  { clock, state }: { clock: Clock; state: string | undefined },
): Promise<void> {
  const asked = Promise.withResolvers<void>();
  for (const signal of ["SIGTERM", "SIGINT"] as const) process.on(signal, () => asked.resolve());
  const kept =
    state === undefined ? undefined : await keepState({ path: state, node, clock, onFailure: asked.reject });
  console.log(JSON.stringify({ ready: true, url, genesisHash: node.genesisHash }));
  const hideBlocks = process.stderr.isTTY ? showBlocks(node) : () => {};
  try {
    await asked.promise;
    await kept?.end();
  } finally {
    hideBlocks();
  }
}

function blockTimeMs(text: string): number | "manual" {
  if (text === "manual") return text;
  const [, amount, unit] = BLOCK_TIME.exec(text) ?? [];
  const ms = Math.round(Number(amount) * (unit === "s" ? 1_000 : 1));
  if (ms >= 10 && ms <= 3_600_000) return ms;
  throw new Failure("config", `--block-time: ${text} is not allowed; 10ms to 3600s`, { hint: "See --help." });
}
