/** For drizzle-kit only: writes the next migration of the PostgreSQL ledger. */
import { defineConfig } from "drizzle-kit";

export default defineConfig({
  dialect: "postgresql",
  schema: "./ledger/postgres-schema.ts",
  out: "./ledger/migrations/postgres",
});
