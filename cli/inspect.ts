/** `bun run inspect`: what the actors of a running node are doing. */
import { z } from "zod";
import { Failure } from "../protocol/failure.ts";
import type { NodeInspection } from "../runtime/node.ts";
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
  console.log(
    table<NodeInspection["actors"][number]>(
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

async function fetchInspection(url: string): Promise<NodeInspection> {
  const answer = await fetch(new URL("/inspect", url), { signal: AbortSignal.timeout(5_000) }).catch(
    (cause: unknown) => {
      throw new Failure("unavailable", `no node answers at ${url}`, {
        cause,
        hint: "Start it with --http HOST:PORT, and give that address with --url.",
      });
    },
  );
  if (!answer.ok)
    throw new Failure("unavailable", `${url} answered ${answer.status}: this is not an Orrery node`);
  return (await answer.json()) as NodeInspection;
}
