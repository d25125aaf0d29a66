/** What PostgreSQL's errors mean for the caller. */
import { SQL } from "bun";
import { Failure, type FailureCode } from "../protocol/failure.ts";

/** SQLSTATE classes and codes: https://www.postgresql.org/docs/15/errcodes-appendix.html. Longest prefix first. */
const MEANING: readonly [prefix: string, code: FailureCode, message: string, hint: string][] = [
  [
    "53100",
    "storage",
    "PostgreSQL has no space left",
    "Free space on its disk; nothing of this append was written, repeat it then",
  ],
  ["53", "unavailable", "PostgreSQL is out of resources", "Try again, or raise its limits"],
  ["58", "storage", "PostgreSQL cannot read or write its files", "Look into its log and at its disk"],
  ["XX001", "corrupt", "PostgreSQL found damaged data", "Run `bun run ledger verify`, then restore a backup"],
  ["XX002", "corrupt", "PostgreSQL found a damaged index", "REINDEX it, then run `bun run ledger verify`"],
  ["57", "unavailable", "PostgreSQL ended the connection or the statement", "Try again"],
  [
    "55P03",
    "unavailable",
    "Another process holds the ledger for too long",
    "Look for a stuck session, try again",
  ],
  ["40", "unavailable", "PostgreSQL asks to repeat the transaction", "Try again"],
  ["08", "unavailable", "The connection to PostgreSQL is broken", "Try again; see that the server runs"],
  ["28", "config", "PostgreSQL refuses the login", "Correct user and password in the ledger's URL"],
  ["3D", "config", "The database does not exist", "Create it, or correct the ledger's URL"],
  [
    "42501",
    "config",
    "The database user lacks a permission",
    "Grant it CREATE on the schema and use of its tables",
  ],
];

/** Any error thrown by Bun.SQL (or wrapped by drizzle) as a Failure; never with the URL, which may hold a password. */
export function postgresFailure(thrown: unknown): Failure {
  if (thrown instanceof Failure) return thrown;
  const error = thrown instanceof Error && thrown.cause instanceof SQL.PostgresError ? thrown.cause : thrown;
  if (!(error instanceof SQL.PostgresError)) return Failure.from(thrown);
  const state = /^[0-9A-Z]{5}$/.test(String(error.errno)) ? String(error.errno) : "";
  const meta = { state: state || error.code };
  const found = MEANING.find(([prefix]) => state.startsWith(prefix));
  if (found !== undefined) {
    const [, code, message, hint] = found;
    return new Failure(code, message, { hint, cause: error, meta });
  }
  // Without a SQLSTATE the server has said nothing: the connection failed, or never came about.
  if (state === "")
    return new Failure("unavailable", "PostgreSQL does not answer", {
      hint: "See that the server runs and that the ledger's URL names it; the append may be repeated as it is",
      cause: error,
      meta,
    });
  return new Failure("defect", error.message, { cause: error, meta });
}
