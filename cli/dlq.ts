/** `bun run dlq list|show|replay`: the jobs that were given up, whole, with the reason. */
import { z } from "zod";
import { cutText } from "../protocol/cut-text.ts";
import { Failure } from "../protocol/failure.ts";
import { Name } from "../protocol/ids.ts";
import { printable } from "../runtime/observe/printable.ts";
import { createSystemClock } from "../runtime/ports/system-clock.ts";
import { createSystemRng } from "../runtime/ports/system-rng.ts";
import type { DeadLetter, DeadLetters } from "../runtime/transport/transport.ts";
import { connectWithCreds } from "./node/nats.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { cliLogger } from "./terminal/cli-logger.ts";
import { table } from "./terminal/table.ts";

const Options = z.object({
  nats: option(z.array(z.string()).min(1).default(["127.0.0.1:4222"]), {
    description: "NATS servers.",
    placeholder: "URL[,…]",
  }),
  creds: option(z.string().optional(), { description: "NATS credentials file.", placeholder: "FILE" }),
  net: option(Name.default("local"), { description: "Network name." }),
  limit: option(z.number().int().min(1).max(10_000).default(100), { description: "Most letters listed." }),
  all: option(z.boolean().default(false), { description: "replay: every letter." }),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});

const info: CommandInfo = {
  name: "dlq",
  summary:
    "Dead letters: jobs that failed for good or were delivered too often, with the whole message and the reason.",
  usage: "bun run dlq list | show ID | replay ID… | replay --all",
  schema: Options,
  examples: [
    {
      command: "bun run dlq list --nats nats://10.0.0.1:4222 --creds creds/admin.creds",
      what: "what was given up, newest first",
    },
    {
      command: "bun run dlq replay ID",
      what: "enqueue it again under a fresh message id, and remove the letter",
    },
  ],
};

export async function run(args: string[]): Promise<number> {
  const { options, positionals, help } = parseOptions(Options, { args, env: process.env, operands: true });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const [verb = "list", ...ids] = positionals;
  const actions = { list, show, replay } as const;
  const action = actions[verb as keyof typeof actions];
  if (action === undefined)
    throw new Failure("config", `dlq ${verb} is no verb`, { hint: "Use list, show or replay." });
  if (verb === "show" && ids.length !== 1)
    throw new Failure("config", "dlq show needs one id", { hint: "`dlq list` shows them." });
  if (verb === "replay" && ids.length === 0 && !options.all)
    throw new Failure("config", "dlq replay needs ids, or --all", { hint: "`dlq list` shows them." });
  const transport = await connectWithCreds({
    servers: options.nats,
    creds: options.creds,
    net: options.net,
    name: "orrery-dlq",
    clock: createSystemClock(),
    rng: createSystemRng(),
    log: cliLogger({ level: "error" }),
  });
  try {
    return await action(transport.jobs.dead, ids, options);
  } finally {
    await transport.close();
  }
}

interface Asked {
  limit: number;
  json: boolean;
  all: boolean;
}

async function list(dead: DeadLetters, _: string[], { limit, json }: Asked): Promise<number> {
  const letters = await dead.list({ limit });
  if (json) console.log(JSON.stringify({ letters: letters.map(shown) }));
  else if (letters.length === 0) console.log("No dead letters.");
  else {
    console.log(
      table<DeadLetter>(
        [
          { name: "when", cell: ({ at }) => new Date(at).toISOString() },
          { name: "id", cell: ({ id }) => printable(id) },
          { name: "subject", cell: ({ subject }) => printable(subject) },
          { name: "tries", align: "right", cell: ({ deliveries }) => String(deliveries) },
          { name: "reason", cell: ({ reason }) => printable(cutText(reason, 80)) },
        ],
        letters,
      ),
    );
  }
  return 0;
}

async function show(dead: DeadLetters, [id = ""]: string[], { json }: Asked): Promise<number> {
  const letter = await dead.get(id);
  if (letter === undefined)
    throw new Failure("not-found", `there is no dead letter ${id}`, { hint: "`dlq list` shows them." });
  if (json) console.log(JSON.stringify(shown(letter)));
  else {
    const { data, ...head } = letter;
    const lines = { ...head, at: new Date(head.at).toISOString() };
    for (const [key, value] of Object.entries(lines))
      console.log(`${key.padEnd(12)}${printable(String(value))}`);
    // The message's own lines: its header, and its body.
    console.log(`\n${new TextDecoder().decode(data).split("\n").map(printable).join("\n")}`);
  }
  return 0;
}

async function replay(dead: DeadLetters, ids: string[], { all, limit, json }: Asked): Promise<number> {
  const chosen = all ? (await dead.list({ limit })).map(({ id }) => id) : ids;
  const unknown = all ? undefined : await firstUnknown(dead, chosen);
  if (unknown !== undefined) {
    throw new Failure("not-found", `there is no dead letter ${unknown}; nothing was replayed`, {
      hint: "`dlq list` shows them.",
    });
  }
  for (const id of chosen) await dead.replay(id);
  console.log(json ? JSON.stringify({ replayed: chosen }) : `${chosen.length} enqueued again.`);
  return 0;
}

async function firstUnknown(dead: DeadLetters, ids: string[]): Promise<string | undefined> {
  for (const id of ids) if ((await dead.get(id)) === undefined) return id;
  return undefined;
}

const shown = ({ data, ...letter }: DeadLetter) => ({ ...letter, message: new TextDecoder().decode(data) });
