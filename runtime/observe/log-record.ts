/** One thing that was logged, before it becomes a line. */
import type { LogFields } from "./logger.ts";

export const LOG_LEVELS = ["debug", "info", "warn", "error"] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

export interface LogRecord {
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  readonly level: LogLevel;
  readonly message: string;
  /** Already free of secrets. */
  readonly fields: LogFields;
}
