/** The file that `--tools` names: who answers the tool calls of programs, and what they cost. */
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { ModelId } from "../../protocol/model.ts";
import { PriceBook } from "../../sandbox/tools/price-book.ts";
import { apiKeyFields } from "../node/api-key.ts";
import { readConfigFile } from "../options/config-file.ts";

const Url = z.url({ protocol: /^https?$/ }).max(1_024);
const ProviderName = z.string().regex(/^[a-z0-9][a-z0-9_-]{0,31}$/, "a short lower-case name");
const Parallel = z.number().int().min(1).max(1_024).optional();

export const ToolsFile = z.strictObject({
  /** Servers that speak OpenAI's API; `models` are what programs call a model, and what the server calls it. */
  llm: z
    .array(
      z.strictObject({
        name: ProviderName,
        url: Url,
        ...apiKeyFields,
        models: z.record(ModelId, z.string().min(1).max(512)),
        parallel: Parallel,
      }),
    )
    .max(16)
    .default([]),
  /** A search service with DeSearch's API. */
  search: z
    .strictObject({ name: ProviderName.default("search"), url: Url, ...apiKeyFields, parallel: Parallel })
    .optional(),
  /** Whether pages of the public web are fetched from here. */
  pages: z.boolean().default(false),
  /** A .jsonl file, or a folder of them: searched and fetched instead of the web. */
  corpus: z.string().max(4_096).optional(),
  /** Models of this network's model actors: what programs call them, and what their own names are. */
  models: z.record(ModelId, ModelId).default({}),
  /** Prices that differ from the default book's, under a version of their own. */
  prices: PriceBook.partial().required({ version: true }).optional(),
  answers: z.enum(["record", "replay", "live"]).default("record"),
});
export type ToolsFile = z.output<typeof ToolsFile>;

/** Fails with `config`, naming the field that is wrong. */
export async function readToolsFile(path: string): Promise<ToolsFile> {
  const parsed = ToolsFile.safeParse(await readConfigFile(path));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  const where = issue === undefined || issue.path.length === 0 ? "" : `${issue.path.join(".")}: `;
  throw new Failure("config", `tools file ${path}: ${where}${issue?.message}`, {
    hint: "docs/tools.md shows one.",
  });
}
