/** What a command prints as its result: all of it, or a failure. `console.log` says nothing when the disk is full. */
import { writeSync } from "node:fs";
import { Failure } from "../../protocol/failure.ts";

const STDOUT = 1;
const RETRY_MS = 1;

/** Writes a line to standard output. A reader that has gone wants no more; anything else that fails is `unavailable`. */
export function print(line: string): void {
  const bytes = Buffer.from(`${line}\n`);
  for (let at = 0; at < bytes.length; ) {
    try {
      at += writeSync(STDOUT, bytes, at);
    } catch (thrown) {
      const { code, message } = thrown as NodeJS.ErrnoException;
      if (code === "EPIPE") return;
      if (code !== "EAGAIN") {
        throw new Failure("unavailable", `the result cannot be written to standard output: ${message}`, {
          hint: "Make space where it goes, and run it again.",
          retryable: false,
          cause: thrown,
        });
      }
      Bun.sleepSync(RETRY_MS); // a pipe that does not block, and a reader that takes its time
    }
  }
}

const UNPRINTABLE = /[\u007f-\u009f\u202a-\u202e\u2066-\u2069\ufeff]/g;

/** JSON of a stranger's value: what could steer a terminal, and JSON leaves as it is, is escaped. */
export const plainJson = (value: unknown): string =>
  JSON.stringify(value).replace(
    UNPRINTABLE,
    (found) => `\\u${found.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
