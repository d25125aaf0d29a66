/** What a short-lived command logs: warnings and errors, as lines for people, on standard error. */
import { isatty } from "node:tty";
import { createConsoleLogger, createJsonLogger } from "../../runtime/observe/json-logger.ts";
import type { LogLevel } from "../../runtime/observe/log-record.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";

const STDERR = 2;

export interface CliLoggerOptions {
  level?: LogLevel;
  format?: "auto" | "json" | "text";
}

/** `auto`: text on a terminal, JSON lines elsewhere. */
export function cliLogger({ level = "warn", format = "text" }: CliLoggerOptions = {}): Logger {
  const options = {
    clock: createSystemClock(),
    level,
    sink: (line: string) => void process.stderr.write(`${line}\n`),
  };
  // Not `process.stderr.isTTY`: that would open a stream, which a start without a line has no need of.
  const colour = isatty(STDERR);
  const text = format === "text" || (format === "auto" && colour);
  return text ? createConsoleLogger({ ...options, colour }) : createJsonLogger(options);
}

/** For what is expected to fail in front of people. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
