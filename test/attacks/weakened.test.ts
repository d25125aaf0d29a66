/** A corpus that no back end could fail would prove nothing: each layer is taken away in turn, and some attack succeeds. */
import { describe, expect, setDefaultTimeout, test } from "bun:test";
import { chmod } from "node:fs/promises";
import { join } from "node:path";
import { systemProgram } from "../../sandbox/hardening.ts";
import { processMissing, provisionProcess } from "../provision/process.ts";
import { tempFolder } from "../support/temp-folder.ts";
import { loadAttacks, requestOf } from "./corpus.ts";
import { mismatches } from "./verdict.ts";

setDefaultTimeout(30_000);
const missing = await processMissing();
const attacks = loadAttacks("python");

/** What a bubblewrap that does not keep its word leaves out (with so many arguments after it) or does beside. */
interface Weakness {
  without?: Readonly<Record<string, number>>;
  also?: readonly string[];
  /** What fork-server.py says, and what it is made to say. */
  instead?: readonly (readonly [said: string, instead: string])[];
  /** Attacks that then do what they are meant to do. */
  shown: readonly string[];
}

const NO_FILTER = ["        filter_calls()", "        pass"] as const;
const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  "no system call filter": { instead: [NO_FILTER], shown: ["kernel-calls"] },
  "the host's files": { also: ["--ro-bind", "/etc", "/etc"], shown: ["read-passwd"] },
  "a root that can be written to": { without: { "--remount-ro": 1 }, shown: ["write-everywhere"] },
  "the judge's environment": {
    without: { "--clearenv": 0 },
    also: ["--setenv", "SECRET", "1"],
    shown: ["environment"],
  },
  "the host's network": {
    without: { "--unshare-net": 0 },
    instead: [NO_FILTER, ["| 0x40000000", ""]],
    shown: ["network-interfaces"],
  },
  "a shell": { also: ["--ro-bind", "/bin/sh", "/bin/sh"], shown: ["shell"] },
  "no session of its own": { instead: [["os.setsid()", "pass"]], shown: ["signal-parent"] },
  "no processes of its own": { instead: [["| 0x20000000", ""]], shown: ["signal-parent"] },
  "the host's name": { without: { "--hostname": 1 }, shown: ["host-identity"] },
};

/** Arguments come back changed; those that bubblewrap starts follow after `--`. */
function script({ without = {}, also = [], instead = [] }: Weakness): string {
  const edits = instead.map(([said, instead]) => `-e 's/${said}/${instead}/'`).join(" ");
  const cases = Object.entries(without).map(
    ([flag, skipped]) => `${flag}) i=$((i + ${skipped})); ${"shift; ".repeat(skipped)}continue;;`,
  );
  return `#!/bin/sh
n=$#; i=0
while [ $i -lt $n ]; do
  a=$1; shift; i=$((i + 1))
  case "$a" in
    *"def _serve"*) a=$(printf '%s' "$a" | sed ${edits} -e '');;
    ${cases.join("\n    ")}
    --remount-ro) [ "$1" = / ] && set -- "$@" ${also.join(" ")};;
  esac
  set -- "$@" "$a"
done
exec ${systemProgram("bwrap")} ${without["--remount-ro"] === undefined ? "" : also.join(" ")} "$@"
`;
}

describe.skipIf(missing !== undefined)("hardened processes that are deliberately weakened by", () => {
  test("changes what is there to be changed", async () => {
    const server = await Bun.file(new URL("../../sandbox/process/fork-server.py", import.meta.url)).text();
    for (const { instead = [] } of Object.values(WEAKNESSES))
      for (const [said] of instead) expect(server).toContain(said);
  });

  for (const [name, weakness] of Object.entries(WEAKNESSES)) {
    test(`${name} fail the corpus: ${weakness.shown.join(", ")}`, async () => {
      using folder = tempFolder();
      await chmod(folder.path, 0o755);
      const bwrap = join(folder.path, "bwrap");
      await Bun.write(bwrap, script(weakness));
      await chmod(bwrap, 0o755);
      const find = (program: string) => (program === "bwrap" ? bwrap : systemProgram(program));
      const backend = await provisionProcess({ find });
      try {
        for (const attack of attacks.filter(({ name }) => weakness.shown.includes(name))) {
          const seen = await backend.run(await requestOf(attack)).catch((thrown: Error) => thrown);
          const wrong = seen instanceof Error ? [seen.message] : mismatches(attack, "process", seen);
          expect(wrong).not.toEqual([]);
        }
      } finally {
        await backend.close();
      }
    });
  }

  test("nothing at all pass it", async () => {
    const backend = await provisionProcess();
    try {
      const shown = new Set(Object.values(WEAKNESSES).flatMap((weakness) => weakness.shown));
      for (const attack of attacks.filter(({ name }) => shown.has(name))) {
        expect([
          attack.name,
          mismatches(attack, "process", await backend.run(await requestOf(attack))),
        ]).toEqual([attack.name, []]);
      }
    } finally {
      await backend.close();
    }
  });
});
