/** A logger that hands finished lines to a sink: JSON for machines, or one readable line for people. */
import type { Clock } from "../ports/clock.ts";
import { consoleLine } from "./console-line.ts";
import { LOG_LEVELS, type LogLevel, type LogRecord } from "./log-record.ts";
import type { LogFields, Logger } from "./logger.ts";
import { redact, redactText } from "./redact.ts";

export interface LoggerOptions {
  clock: Pick<Clock, "now">;
  /** Takes one line without its line break. What it throws is ignored: logging never breaks the work. */
  sink: (line: string) => void;
  /** Lines below are not even formatted. Default `info`. */
  level?: LogLevel;
  /** On every line, e.g. the node's name. */
  fields?: LogFields;
}

/** One JSON object per line: `at` (ISO 8601), `level`, `message`, then the fields. */
export const createJsonLogger = (options: LoggerOptions): Logger => loggerOf(options, jsonLine);

/** For terminals: time, level, message, then `name=value` pairs; with colours when asked for. */
export const createConsoleLogger = (options: LoggerOptions & { colour?: boolean }): Logger =>
  loggerOf(options, (record) => consoleLine(record, options.colour ?? false));

const RESERVED: readonly string[] = ["at", "level", "message"];

function jsonLine({ at, level, message, fields }: LogRecord): string {
  const line: Record<string, unknown> = { at: new Date(at).toISOString(), level, message };
  for (const [name, value] of Object.entries(fields))
    line[RESERVED.includes(name) ? `${name}_` : name] = value;
  return JSON.stringify(line);
}

function loggerOf(options: LoggerOptions, format: (record: LogRecord) => string): Logger {
  const least = LOG_LEVELS.indexOf(options.level ?? "info");
  const at =
    (level: LogLevel) =>
    (message: string, fields?: LogFields): void => {
      if (LOG_LEVELS.indexOf(level) < least) return;
      try {
        const safe = redact({ ...options.fields, ...fields }) as LogFields;
        options.sink(format({ at: options.clock.now(), level, message: redactText(message), fields: safe }));
      } catch {
        // A full disk or a closed terminal must not turn into a failed turn.
      }
    };
  return {
    debug: at("debug"),
    info: at("info"),
    warn: at("warn"),
    error: at("error"),
    child: (fields) => loggerOf({ ...options, fields: { ...options.fields, ...fields } }, format),
  };
}
