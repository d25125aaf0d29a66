import { expect, test } from "bun:test";
import { join } from "node:path";
import { withTable } from "./table.ts";

test("the threat model shows the corpus as it is: else run `bun test/attacks/table.ts`", async () => {
  const page = await Bun.file(join(import.meta.dir, "..", "..", "docs", "threat-model.md")).text();
  expect(withTable(page) === page).toBe(true);
});
