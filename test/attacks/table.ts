/**
 * The table of results in docs/threat-model.md: `bun test/attacks/table.ts` writes it anew. Each cell is what the corpus
 * demands of a back end, and the suites fail where anything else comes of an attack, so that the table tells results.
 */
import { join } from "node:path";
import type { IsolateRuntime } from "../../protocol/isolate.ts";
import { type Attack, type BackendUnderAttack, expectedOf, GUESTS, loadAttacks } from "./corpus.ts";

const PAGE = join(import.meta.dir, "..", "..", "docs", "threat-model.md");
const BEGIN = /^<!-- attacks: begin.*-->$/m;
const END = "<!-- attacks: end -->";
const TITLES: Record<IsolateRuntime, string> = {
  python: "Python",
  javascript: "JavaScript",
  wasm: "WebAssembly",
};
const BACKENDS = Object.keys(GUESTS) as BackendUnderAttack[];
const LANGUAGES = Object.keys(TITLES) as IsolateRuntime[];

/** The page with the table that belongs there. Throws when the marks are missing. */
export function withTable(page: string): string {
  const begin = BEGIN.exec(page);
  const end = page.indexOf(END);
  if (begin === null || end < begin.index)
    throw new Error("docs/threat-model.md has lost its marks for the table");
  return `${page.slice(0, begin.index)}${begin[0]}\n${table()}${page.slice(end)}`;
}

function table(): string {
  const parts = LANGUAGES.flatMap((language) => {
    const backends = BACKENDS.filter((name) => (GUESTS[name] as readonly string[]).includes(language));
    const attacks = loadAttacks(language);
    return [
      "",
      `### ${TITLES[language]}: ${attacks.length} attacks`,
      "",
      `| attack | what it does | ${backends.join(" | ")} |`,
      `|---|---|${backends.map(() => "---|").join("")}`,
      ...attacks.map((attack) => row(attack, backends)),
    ];
  });
  return [...parts, "", ""].join("\n");
}

const row = (attack: Attack, backends: readonly BackendUnderAttack[]): string =>
  `| ${attack.name} | ${attack.attack.replaceAll("|", "\\|")} | ${backends.map((name) => outcome(attack, name)).join(" | ")} |`;

/** `ok` alone would read like success: it is the attack's program that ended well, with an answer that shows it got nothing. */
function outcome(attack: Attack, backend: BackendUnderAttack): string {
  const expected = expectedOf(attack, backend);
  return expected.outcome === "ok" ? "ok, in vain" : expected.outcome;
}

if (import.meta.main) await Bun.write(PAGE, withTable(await Bun.file(PAGE).text()));
