/**
 * `bun run golden`: writes the golden files that are missing. What exists was released, and is never touched:
 * a schema that changes gets a new version with an upcaster (`released` in protocol/versions.ts), and new files.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { canonicalJson } from "../../protocol/canonical.ts";
import { SCHEMAS } from "../../protocol/schemas.ts";
import { readVersion, versionOf } from "../../protocol/versions.ts";
import { frameTexts } from "./frames.ts";
import { SAMPLES } from "./samples.ts";

const GOLDEN = join(import.meta.dir, "..", "golden");

async function writeOnce(path: string, text: string): Promise<boolean> {
  await mkdir(dirname(path), { recursive: true });
  try {
    await writeFile(path, text, { flag: "wx" });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
    throw error;
  }
}

const files = [
  ...[...SAMPLES].flatMap(([name, values]) => {
    const schema = SCHEMAS.get(name);
    if (schema === undefined) throw new Error(`${name} is no schema: remove its sample`);
    return values.map((value, at) => ({
      path: join(GOLDEN, name, `v${versionOf(schema)}`, `${at + 1}.json`),
      text: canonicalJson(readVersion(schema, name, versionOf(schema), value)),
    }));
  }),
  ...[...frameTexts()].map(([type, text]) => ({ path: join(GOLDEN, "envelope", "v1", `${type}.txt`), text })),
];

let written = 0;
for (const { path, text } of files) if (await writeOnce(path, text)) written++;
console.log(`golden: ${written} written, ${files.length - written} kept as released`);
