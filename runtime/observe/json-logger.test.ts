import { expect, test } from "bun:test";
import { manualClock } from "../../test/support/manual-clock.ts";
import { createConsoleLogger, createJsonLogger, type LoggerOptions } from "./json-logger.ts";

const options = (lines: string[], more: Partial<LoggerOptions> = {}): LoggerOptions => ({
  clock: manualClock(1_700_000_000_000),
  sink: (line) => void lines.push(line),
  ...more,
});

test("writes one JSON object per line with time, level, message and the fields of all ancestors", () => {
  const lines: string[] = [];
  const log = createJsonLogger(options(lines, { fields: { node: "n1" } }));
  log.child({ actor: "/a" }).warn("slow\nturn", { ms: 12 });
  expect(lines).toEqual([
    '{"at":"2023-11-14T22:13:20.000Z","level":"warn","message":"slow\\nturn","node":"n1","actor":"/a","ms":12}',
  ]);
});

test("a field cannot take the place of the level or the message", () => {
  const lines: string[] = [];
  createJsonLogger(options(lines)).error("real", { level: "info", message: "forged" });
  expect(JSON.parse(lines[0]!)).toMatchObject({ level: "error", message: "real", message_: "forged" });
});

test("levels below the chosen one are not written", () => {
  const lines: string[] = [];
  const log = createJsonLogger(options(lines, { level: "warn" }));
  log.debug("a");
  log.info("b");
  log.warn("c");
  log.error("d");
  expect(lines).toHaveLength(2);
});

test("secrets in the message, in fields and in a child's fields never reach the sink", () => {
  const lines: string[] = [];
  const seed = `SU${"A".repeat(56)}`;
  const log = createJsonLogger(options(lines)).child({ nkey: seed });
  log.info(`connecting with ${seed}`, { password: "hunter22" });
  expect(lines[0]).not.toContain(seed);
  expect(lines[0]).not.toContain("hunter22");
});

test("a sink that throws does not break the work", () => {
  const log = createJsonLogger(
    options([], {
      sink: () => {
        throw new Error("disk full");
      },
    }),
  );
  log.info("still here");
});

test("the console line reads at a glance and cannot be forged by what it shows", () => {
  const lines: string[] = [];
  createConsoleLogger(options(lines)).warn("from miner\n12:00 ERROR forged \x1b[2J", { uid: 7, why: "a b" });
  expect(lines).toEqual(['22:13:20.000 WARN  from miner 12:00 ERROR forged  [2J uid=7 why="a b"']);
  createConsoleLogger({ ...options(lines), colour: true }).error("red");
  expect(lines[1]).toContain("\x1b[31mERROR\x1b[0m red");
});
