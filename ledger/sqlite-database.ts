/** A Bun database that lets go of its file when it is closed. */
import { Database, type SQLQueryBindings } from "bun:sqlite";

type Bindings = SQLQueryBindings | SQLQueryBindings[];
type Prepared<Row, Params extends Bindings> = ReturnType<typeof Database.prototype.prepare<Row, Params>>;

const MAX_STATEMENTS = 256;

/**
 * Bun's `close` leaves the file open until the garbage collector has taken every statement, and drizzle prepares one
 * per query. Here each SQL text is prepared once, and all of them end with the connection.
 */
export class ClosingDatabase extends Database {
  readonly #statements = new Map<string, { finalize(): void }>();

  override prepare<Row, Params extends Bindings>(sql: string, params?: Params): Prepared<Row, Params> {
    if (params !== undefined) return super.prepare<Row, Params>(sql, params);
    const known = this.#statements.get(sql);
    if (known !== undefined) return known as Prepared<Row, Params>;
    const statement = super.prepare<Row, Params>(sql);
    if (this.#statements.size < MAX_STATEMENTS) this.#statements.set(sql, statement);
    return statement;
  }

  override close(): void {
    for (const statement of this.#statements.values()) statement.finalize();
    this.#statements.clear();
    super.close();
  }
}
