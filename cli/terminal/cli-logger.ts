/** What a short-lived command logs: warnings and errors, as lines for people, on standard error. */
import { createConsoleLogger, createJsonLogger } from "../../runtime/observe/json-logger.ts";
import type { LogLevel } from "../../runtime/observe/log-record.ts";
import type { Logger } from "../../runtime/observe/logger.ts";
import { createSystemClock } from "../../runtime/ports/system-clock.ts";

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
  const text = format === "text" || (format === "auto" && process.stderr.isTTY);
  return text ? createConsoleLogger({ ...options, colour: process.stderr.isTTY }) : createJsonLogger(options);
}

/** For what is expected to fail in front of people. */
export const silentLogger: Logger = {
  debug: () => {},
  info: () => {},
  warn: () => {},
  error: () => {},
  child: () => silentLogger,
};
