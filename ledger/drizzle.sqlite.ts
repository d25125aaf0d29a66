/** For drizzle-kit only: writes the next migration of the SQLite ledger. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "sqlite",
  schema: "./ledger/sqlite-schema.ts",
  out: "./ledger/migrations/sqlite",
});
