/** A log record as one line for people. */

import type { LogRecord } from "./log-record.ts";
import { printable } from "./printable.ts";

const COLOURS = { debug: "\x1b[2m", info: "\x1b[36m", warn: "\x1b[33m", error: "\x1b[31m" } as const;
const PLAIN = "\x1b[0m";

export function consoleLine({ at, level, message, fields }: LogRecord, colour: boolean): string {
  const time = new Date(at).toISOString().slice(11, 23);
  const label = level.toUpperCase().padEnd(5);
  const pairs = Object.entries(fields).map(([name, value]) => `${name}=${shown(value)}`);
  const text = [colour ? `${COLOURS[level]}${label}${PLAIN}` : label, printable(message), ...pairs].join(" ");
  return `${time} ${text}`;
}

const shown = (value: unknown): string =>
  typeof value === "string" && /^[\w./:@+-]+$/.test(value) ? value : printable(JSON.stringify(value) ?? "");
