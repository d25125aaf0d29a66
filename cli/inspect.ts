/** `bun run inspect`: what the actors of a running node are doing. */
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import { Role } from "../protocol/role.ts";
import { printable } from "../runtime/observe/printable.ts";
import { type CommandInfo, helpText } from "./options/help.ts";
import { option, parseOptions } from "./options/options.ts";
import { table } from "./terminal/table.ts";

const Options = z.object({
  url: option(z.url().default("http://127.0.0.1:7070"), {
    description: "The node's HTTP address.",
    placeholder: "URL",
  }),
  json: option(z.boolean().default(false), { description: "Print one JSON object." }),
});

const Count = z.number().nonnegative();
const Shown = z.string().max(1_024).transform(printable);
/** What a node answers; anything may listen at an address. */
const Inspection = z.object({
  name: Shown,
  roles: z.array(Role),
  state: Shown,
  failure: Shown.optional(),
  actors: z
    .array(
      z.object({
        path: Shown,
        state: Shown,
        mailbox: Count,
        capacity: Count,
        processed: Count,
        restarts: Count,
      }),
    )
    .max(100_000),
});
type Inspection = z.output<typeof Inspection>;

const info: CommandInfo = {
  name: "inspect",
  summary: "Shows a running node: its roles, state, and every actor's mailbox and restarts.",
  usage: "bun run inspect [--url URL] [--json]",
  schema: Options,
};

export async function run(args: string[]): Promise<number> {
  const { options, help } = parseOptions(Options, { args, env: process.env });
  if (help) {
    console.log(helpText(info));
    return 0;
  }
  const inspection = await fetchInspection(options.url);
  if (options.json) {
    console.log(JSON.stringify(inspection));
    return 0;
  }
  console.log(`${inspection.name}  ${inspection.state}  roles ${inspection.roles.join(", ") || "none"}\n`);
  if (inspection.failure !== undefined) console.log(`It cannot go on: ${inspection.failure}\n`);
  console.log(
    table<Inspection["actors"][number]>(
      [
        { name: "actor", cell: ({ path }) => path },
        { name: "state", cell: ({ state }) => state },
        { name: "mailbox", align: "right", cell: ({ mailbox, capacity }) => `${mailbox}/${capacity}` },
        { name: "processed", align: "right", cell: ({ processed }) => String(processed) },
        { name: "restarts", align: "right", cell: ({ restarts }) => String(restarts) },
      ],
      inspection.actors,
    ),
  );
  return 0;
}

async function fetchInspection(url: string): Promise<Inspection> {
  const answer = await fetch(new URL("/inspect", url), { signal: AbortSignal.timeout(5_000) }).catch(
    (cause: unknown) => {
      throw new Failure("unavailable", `no node answers at ${url}`, {
        cause,
        hint: "Start it with --http HOST:PORT, and give that address with --url.",
      });
    },
  );
  const body: unknown = answer.ok ? await answer.json().catch(() => undefined) : undefined;
  const parsed = Inspection.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new Failure("unavailable", `what answers at ${url} is not an Orrery node`, {
    meta: { status: answer.status },
    hint: "Give the address that the node was started with (--http) as --url.",
  });
}
