/** The cluster of docs/operating.md, read from the page itself: what the test runs is what the page says. */
import { join } from "node:path";

const ROOT = join(import.meta.dir, "../..");
const page = await Bun.file(join(ROOT, "docs/operating.md")).text();

/** The text of the page's block ```` ```language name ````. */
function block(name: string): string {
  const found = new RegExp(`^\`\`\`\\w+ ${name}\\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/operating.md has no block ${name}`);
  return found;
}

/** Its lines as words; the page needs no quoting. */
const commands = (name: string): string[][] =>
  block(name)
    .trim()
    .split("\n")
    .map((line) => line.split(" "));

export interface WalkThrough {
  /** Arguments of `nats-config`. */
  config: string[];
  /** Configuration file of each server. */
  servers: string[];
  genesis: Record<string, unknown>;
  environment: Record<string, string>;
  /** Arguments of each `node`, by its name. */
  nodes: Map<string, string[]>;
}

/** What the page says, with its folder `demo/` at `folder` and its addresses at ours. */
export function walkThrough(options: { folder: string; nats: string; http: string }): WalkThrough {
  const placed = (word: string) =>
    word.replace(/^demo\//, `${options.folder}/`).replace("127.0.0.1:7070", options.http);
  const argsOf = (command: string[], ...start: string[]) => {
    if (command.slice(0, start.length).join(" ") !== start.join(" ")) {
      throw new Error(`docs/operating.md: ${command.join(" ")} does not begin with ${start.join(" ")}`);
    }
    return command.slice(start.length).map(placed);
  };
  const environment = Object.fromEntries(
    block("environment")
      .trim()
      .split("\n")
      .map((line) => line.replace(/^export /, "").split("=") as [string, string])
      .map(([key, value]) => [key, placed(value)]),
  );
  const nodes = commands("nodes").map((command) => argsOf(command, "bun", "run", "node"));
  return {
    config: argsOf(commands("config")[0] ?? [], "bun", "run", "nats-config"),
    servers: commands("servers").map((command) => argsOf(command, "nats-server", "-c")[0] ?? ""),
    genesis: JSON.parse(block("genesis")),
    environment: { ...environment, ORRERY_NATS: options.nats },
    nodes: new Map(nodes.map((args) => [args[args.indexOf("--name") + 1] ?? "", args])),
  };
}
