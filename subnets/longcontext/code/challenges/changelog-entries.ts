import type { Json } from "../../../../protocol/ids.ts";
import { sentence, word } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";

type Entry = { version: string; date: string | null; changes: Record<string, string[]> };

const HEADING = /^## \[?([^\]\s]+)\]?(?: (?:- |\()(\d{4}-\d{2}-\d{2})\)?)?$/;

export const changelogEntries = challenge<string>({
  name: "changelog_entries",
  prompt: `Read a changelog in Markdown and return its entries in order.
An entry starts with a line such as "## [1.2.0] - 2024-03-05", "## 1.2.0 (2024-03-05)" or "## [Unreleased]" (date None).
Within it, "### Added" opens a section; bullets ("- " or "* " at the line's start) before any section belong to "Other".
A bullet goes on over following lines that start with two spaces; join the parts, stripped, with one blank.
Lines inside code fences (\`\`\`) count for nothing, and neither does anything before the first entry. Ignore all other lines; any such line ends the bullet, as does a fence.
Return a list of {"version", "date", "changes"}, where changes maps each section that has bullets to its bullets.`,
  template: `def changelog_entries(text):
    """text: str -> list of {"version": str, "date": str | None, "changes": {section: [str]}}"""
    return []
`,
  examples: [
    {
      input:
        "# Changes\n\n## [Unreleased]\n- one\n  more\n\n## 0.1.0 (2024-01-02)\n### Fixed\n* two\n```\n## [9.9.9]\n- no\n```\n",
      output: [
        { version: "Unreleased", date: null, changes: { Other: ["one more"] } },
        { version: "0.1.0", date: "2024-01-02", changes: { Fixed: ["two"] } },
      ],
    },
  ],
  generate(random, size) {
    const stock = Array.from({ length: 40 }, () => word(random));
    const lines = ["# Changelog", "", "- not part of an entry", ""];
    for (let entry = 0; entry < size; entry++) {
      const version = `${1 + random.integer(9)}.${random.integer(20)}.${random.integer(30)}`;
      const date = `20${10 + random.integer(15)}-0${1 + random.integer(9)}-1${random.integer(10)}`;
      lines.push(
        entry === 0 && random.integer(2) === 0
          ? "## [Unreleased]"
          : random.pick([`## [${version}] - ${date}`, `## ${version} (${date})`, `## ${version}`]),
      );
      for (let section = random.integer(4); section >= 0; section--) {
        if (section > 0 || random.integer(2) === 0)
          lines.push(`### ${random.pick(["Added", "Changed", "Fixed", "Removed", "Security"])}`);
        for (let bullet = random.integer(4); bullet > 0; bullet--) {
          lines.push(`${random.pick(["-", "*"])} ${sentence(random, stock)}`);
          if (random.integer(3) === 0) lines.push(`  ${sentence(random, stock)}  `);
          if (random.integer(6) === 0)
            lines.push("```sh", `## [0.0.${entry}]`, "- fenced", "```", "  after a fence");
          if (random.integer(6) === 0) lines.push("", "  indented after a blank line");
        }
      }
      lines.push("");
    }
    return lines.join("\n");
  },
  solve(text) {
    const entries: Entry[] = [];
    let section = "Other";
    let bullets: string[] | undefined;
    let fenced = false;
    for (const line of text.split("\n")) {
      const open = bullets;
      bullets = undefined;
      if (line.startsWith("```")) fenced = !fenced;
      if (fenced || line.startsWith("```")) continue;
      const heading = HEADING.exec(line);
      const entry = entries.at(-1);
      if (heading) {
        entries.push({ version: heading[1] as string, date: heading[2] ?? null, changes: {} });
        section = "Other";
      } else if (!entry) {
      } else if (line.startsWith("### ")) section = line.slice(4).trim();
      else if (/^[-*] /.test(line)) {
        bullets = entry.changes[section] ??= [];
        bullets.push(line.slice(2).trim());
      } else if (open && line.startsWith("  ")) {
        bullets = open;
        bullets.push(`${bullets.pop()} ${line.trim()}`);
      }
    }
    return entries as Json;
  },
});
