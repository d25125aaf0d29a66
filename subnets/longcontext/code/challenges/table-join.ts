import { word } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";

type Tables = { left: string; right: string; key: string };

/** Records of RFC 4180 text with "\n" line ends. */
function records(text: string): string[][] {
  const rows: string[][] = [];
  for (const [, quoted, plain, end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^",\n]*))(,|\n|$)/g)) {
    if (rows.length === 0) rows.push([]);
    rows.at(-1)?.push(quoted === undefined ? (plain ?? "") : quoted.replaceAll('""', '"'));
    if (end === "\n") rows.push([]);
    if (end === "") break;
  }
  // An empty last line is the end of the text, not a record.
  return rows.filter((row) => row.length > 1 || row[0] !== "");
}

function table(text: string): { columns: string[]; rows: Record<string, string>[] } {
  const [columns = [], ...rest] = records(text);
  return {
    columns,
    rows: rest.map((row) => Object.fromEntries(columns.map((column, at) => [column, row[at] ?? ""]))),
  };
}

const quote = (field: string): string => (/[",\n]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);

export const tableJoin = challenge<Tables>({
  name: "table_join",
  prompt: `Left-join two CSV tables: {"left": csv, "right": csv, "key": column}. CSV is RFC 4180 with "\\n" line ends and a header line: fields in double quotes may hold
commas, line breaks and doubled quotes. Blank lines are ignored.
Return a list of dicts, all values strings: each left row in order, once per right row with the same key (in the right table's order), or once with None for all right
columns when there is none. The right table's key column is not repeated; a right column whose name the left table has too is called name + "_right".`,
  template: `def table_join(tables):
    """tables: {"left": str, "right": str, "key": str} -> list of {column: str | None}"""
    return []
`,
  examples: [
    {
      input: { left: 'id,name\n1,"a, b"\n2,c\n', right: 'id,name,n\n1,"x ""y""",5\n1,z,6', key: "id" },
      output: [
        { id: "1", name: "a, b", name_right: 'x "y"', n: "5" },
        { id: "1", name: "a, b", name_right: "z", n: "6" },
        { id: "2", name: "c", name_right: null, n: null },
      ],
    },
  ],
  generate(random, size) {
    const keys = Array.from({ length: Math.max(3, size) }, () => word(random));
    const field = () =>
      random.pick([
        word(random),
        `${word(random)}, ${word(random)}`,
        `"${word(random)}"`,
        `a\n${word(random)}`,
        "",
      ]);
    const text = (columns: string[], count: number) =>
      [columns, ...Array.from({ length: count }, () => [random.pick(keys), field(), field()])]
        .map((row) => row.map(quote).join(","))
        .join(random.integer(3) === 0 ? "\n\n" : "\n") + random.pick(["", "\n"]);
    return {
      left: text(["sku", "label", "note"], size * 2),
      right: text(["sku", random.pick(["label", "price"]), "stock"], size),
      key: "sku",
    };
  },
  solve({ left, right, key }) {
    const [a, b] = [table(left), table(right)];
    const added = b.columns.filter((column) => column !== key);
    const named = (column: string) => (a.columns.includes(column) ? `${column}_right` : column);
    const byKey = Map.groupBy(b.rows, (row) => row[key] ?? "");
    return a.rows.flatMap((row) =>
      (byKey.get(row[key] ?? "") ?? [undefined]).map((other) => ({
        ...row,
        ...Object.fromEntries(added.map((column) => [named(column), other?.[column] ?? null])),
      })),
    );
  },
});
