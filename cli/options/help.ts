/** `--help` and the reference page, from the schema that also validates. */
import { z } from "zod";
import { describeOptions, type OptionInfo, type OptionsSchema } from "./options.ts";

export interface CommandInfo {
  name: string;
  summary: string;
  usage: string;
  examples?: readonly { command: string; what: string }[];
  schema: OptionsSchema;
}

const WIDTH = 100;

export function helpText(command: CommandInfo): string {
  const infos = describeOptions(command.schema);
  const groups = new Map<string, OptionInfo[]>();
  for (const info of infos)
    groups.set(info.group ?? "Options", [...(groups.get(info.group ?? "Options") ?? []), info]);
  const lines = [command.summary, "", `Usage: ${command.usage}`];
  for (const [group, members] of groups) {
    lines.push("", `${group}:`);
    for (const info of members) lines.push(...optionLines(info));
  }
  lines.push("", "  -h, --help", ...wrap("Show this text.", 6));
  if (command.examples?.length) {
    lines.push("", "Examples:");
    for (const { command: text, what } of command.examples) lines.push(`  ${text}`, ...wrap(what, 6));
  }
  lines.push(
    "",
    infos.some(({ key }) => key === "config")
      ? "Every option can also be set by its environment variable or in the file given by --config."
      : "Every option can also be set by its environment variable.",
  );
  return lines.join("\n");
}

function optionLines(info: OptionInfo): string[] {
  const name = `${info.short ? `-${info.short}, ` : "    "}--${info.flag}${info.value === "boolean" ? "" : ` ${placeholder(info)}`}`;
  const extras = [allowed(info), standard(info), info.env].filter((part) => part !== "");
  return [`  ${name}`, ...wrap(`${info.description} [${extras.join("; ")}]`, 6)];
}

const placeholder = (info: OptionInfo): string =>
  info.placeholder ?? { number: "N", list: "A,B", json: "JSON", string: "TEXT", boolean: "" }[info.value];

function allowed(info: OptionInfo): string {
  const json = z.toJSONSchema(info.schema, { io: "output", unrepresentable: "any" }) as {
    enum?: unknown[];
    items?: { enum?: unknown[] };
  };
  const values = json.enum ?? json.items?.enum;
  return values === undefined ? "" : values.join(" | ");
}

function standard(info: OptionInfo): string {
  const json = z.toJSONSchema(info.schema, { io: "output", unrepresentable: "any" }) as { default?: unknown };
  if (json.default === undefined) return "";
  return `default ${Array.isArray(json.default) ? json.default.join(",") : typeof json.default === "object" ? JSON.stringify(json.default) : String(json.default)}`;
}

function wrap(text: string, indent: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(/\s+/)) {
    if (line !== "" && indent + line.length + 1 + word.length > WIDTH) {
      lines.push(" ".repeat(indent) + line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  return line === "" ? lines : [...lines, " ".repeat(indent) + line];
}

/** The same as a Markdown table, for the generated reference. */
export function helpMarkdown(command: CommandInfo): string {
  const rows = describeOptions(command.schema).map((info) => {
    const takes = [allowed(info), standard(info)].filter((part) => part !== "").join("; ");
    const cell = (text: string) => text.replaceAll("|", "\\|");
    return `| \`--${info.flag}\` | \`${info.env}\` | ${cell(info.description)} | ${cell(takes)} |`;
  });
  return [
    `## \`${command.name}\``,
    "",
    command.summary,
    "",
    "```",
    command.usage,
    "```",
    "",
    "| flag | environment | meaning | values |",
    "|---|---|---|---|",
    ...rows,
  ].join("\n");
}
