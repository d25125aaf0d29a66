import { sentence, word } from "../../vocabulary.ts";
import { challenge } from "../challenge.ts";

type FileChange = { file: string; added: number[]; removed: number[] };

const HUNK = /^@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@/;

export const diffLines = challenge<string>({
  name: "diff_lines",
  prompt: `Read a unified diff and return, per file in order, {"file", "added", "removed"}: added are the line numbers in the new file of lines that begin with "+",
removed those in the old file of lines that begin with "-". A file starts with "--- a/PATH" and "+++ b/PATH" (the file is PATH of the "+++" line, or of the "---"
line when that is "+++ /dev/null"). A hunk header "@@ -OLD,COUNT +NEW,COUNT @@" gives first lines and numbers of lines (COUNT 1 when left out); exactly that many lines belong to
the hunk, so a removed line may itself look like "--- a/x". Lines beginning with "\\" are notes and count for nothing; everything between hunks is ignored.`,
  template: `def diff_lines(patch):
    """patch: str -> list of {"file": str, "added": [int], "removed": [int]}"""
    return []
`,
  examples: [
    {
      input:
        "diff --git a/x b/x\n--- a/x\n+++ b/x\n@@ -1,3 +1,3 @@ head\n same\n--- a/old\n+new\n end\n@@ -9 +9,2 @@\n-b\n+c\n\\ No newline at end of file\n+d\n--- a/y\n+++ /dev/null\n@@ -1 +0,0 @@\n-gone\n",
      output: [
        { file: "x", added: [2, 9, 10], removed: [2, 9] },
        { file: "y", added: [], removed: [1] },
      ],
    },
  ],
  generate(random, size) {
    const stock = Array.from({ length: 30 }, () => word(random));
    const lines: string[] = [];
    for (let file = 0; file < Math.max(2, Math.ceil(size / 4)); file++) {
      const path = `src/${word(random)}/${word(random)}.py`;
      const gone = random.integer(6) === 0;
      lines.push(`diff --git a/${path} b/${path}`, `index 0${file}..1${file} 100644`, `--- a/${path}`);
      lines.push(gone ? "+++ /dev/null" : `+++ b/${path}`);
      let [old, now] = [1 + random.integer(20), 1 + random.integer(20)];
      for (let hunk = 1 + random.integer(3); hunk > 0; hunk--) {
        const body = Array.from({ length: 1 + random.integer(8) }, () => {
          const sign = gone ? "-" : random.pick([" ", " ", "+", "-"]);
          return (
            sign +
            random.pick([
              sentence(random, stock),
              "-- a/looks/like/a.file",
              "++ b/looks/like/a.file",
              "",
              "@@ -1 +1 @@",
            ])
          );
        });
        const count = (signs: string) => body.filter((line) => signs.includes(line[0] as string)).length;
        const [before, after] = [count(" -"), count(" +")];
        const range = (start: number, length: number) => (length === 1 ? `${start}` : `${start},${length}`);
        lines.push(`@@ -${range(old, before)} +${range(now, after)} @@ ${word(random)}`);
        for (const line of body)
          lines.push(line, ...(random.integer(12) === 0 ? ["\\ No newline at end of file"] : []));
        old += before + 1 + random.integer(30);
        now += after + 1 + random.integer(30);
      }
    }
    return `${lines.join("\n")}\n`;
  },
  solve(patch) {
    const files: FileChange[] = [];
    let [oldLeft, newLeft, oldLine, newLine] = [0, 0, 0, 0];
    let oldPath = "";
    for (const line of patch.split("\n")) {
      const current = files.at(-1);
      if (line.startsWith("\\")) continue;
      if (current && (oldLeft > 0 || newLeft > 0)) {
        const sign = line[0] ?? " ";
        if (sign === "+") current.added.push(newLine);
        if (sign === "-") current.removed.push(oldLine);
        if (sign !== "+") [oldLine, oldLeft] = [oldLine + 1, oldLeft - 1];
        if (sign !== "-") [newLine, newLeft] = [newLine + 1, newLeft - 1];
        continue;
      }
      const hunk = HUNK.exec(line);
      if (hunk) {
        [oldLine, newLine] = [Number(hunk[1]), Number(hunk[3])];
        [oldLeft, newLeft] = [Number(hunk[2] ?? 1), Number(hunk[4] ?? 1)];
      } else if (line.startsWith("--- ")) oldPath = line.slice(6);
      else if (line.startsWith("+++ ")) {
        const file = line === "+++ /dev/null" ? oldPath : line.slice(6);
        files.push({ file, added: [], removed: [] });
      }
    }
    return files;
  },
});
