/** From the file that `--tools` names to providers that answer. */
import { readdir, readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import type { ToolParts } from "../../actors/sandbox/tool-sessions.ts";
import { Failure } from "../../protocol/failure.ts";
import type { ModelId } from "../../protocol/model.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import { createPinnedGet } from "../../runtime/ports/pinned-get.ts";
import { DEFAULT_PRICES, type PriceBook } from "../../sandbox/tools/price-book.ts";
import type { ToolProvider } from "../../sandbox/tools/provider.ts";
import { corpusProvider } from "../../sandbox/tools/providers/corpus.ts";
import { fetchPage } from "../../sandbox/tools/providers/fetch-page.ts";
import { type ModelChatOptions, modelChat } from "../../sandbox/tools/providers/model-chat.ts";
import { openAiChat } from "../../sandbox/tools/providers/openai-chat.ts";
import { searchApi } from "../../sandbox/tools/providers/search-api.ts";
import type { ReceiptSigner } from "../../sandbox/tools/receipt-chain.ts";
import { readApiKey } from "../node/api-key.ts";
import { readToolsFile, type ToolsFile } from "./tools-file.ts";

export interface ToolPartsOptions {
  /** The file. */
  path: string;
  signer: ReceiptSigner;
  /** Opens a way to the models that the file names; without it there are none to ask. */
  models?: (ids: readonly ModelId[]) => Promise<ToolModels>;
}

export type ToolModels = Pick<ModelChatOptions, "generate" | "close">;

/** Fails with `config`: a file, a key or a corpus that cannot be read. */
export async function openToolParts({ path, signer, models: open }: ToolPartsOptions): Promise<ToolParts> {
  const file = await readToolsFile(path);
  const http = createHttp();
  const providers: ToolProvider[] = [];
  // What lies here comes first: a corpus is there to be asked instead of the web.
  if (file.corpus !== undefined) providers.push(corpusProvider(await corpusLines(file.corpus)));
  if (Object.keys(file.models).length > 0) {
    if (open === undefined) {
      throw new Failure("config", `tools file ${path}: there are no model actors to ask here`, {
        hint: "Name a server under llm instead, or run a node.",
      });
    }
    const opened = await open([...new Set(Object.values(file.models))]);
    providers.push(modelChat({ models: file.models, ...opened }));
  }
  for (const { name, url, models, parallel, ...keyed } of file.llm) {
    providers.push(openAiChat({ name, http, url, models, parallel, key: await readApiKey(path, keyed) }));
  }
  if (file.search !== undefined) {
    const { name, url, parallel, ...keyed } = file.search;
    providers.push(searchApi({ name, http, url, parallel, key: (await readApiKey(path, keyed)) ?? "" }));
  }
  if (file.pages) providers.push(fetchPage({ get: createPinnedGet() }));
  return { signer, providers, prices: pricesOf(file), answers: file.answers };
}

function pricesOf({ prices }: ToolsFile): PriceBook {
  if (prices === undefined) return DEFAULT_PRICES;
  const given = Object.fromEntries(Object.entries(prices).filter(([, price]) => price !== undefined));
  return { ...DEFAULT_PRICES, ...given, models: { ...DEFAULT_PRICES.models, ...prices.models } };
}

async function corpusLines(path: string): Promise<string[]> {
  try {
    const files = (await stat(path)).isDirectory()
      ? (await readdir(path)).filter((name) => name.endsWith(".jsonl")).sort()
      : [""];
    if (files.length === 0) throw new Failure("config", `there is no .jsonl file in ${path}`);
    const texts = await Promise.all(files.map((name) => readFile(join(path, name), "utf8")));
    return texts.flatMap((text) => text.split("\n"));
  } catch (thrown) {
    if (thrown instanceof Failure) throw thrown;
    throw new Failure("config", `the corpus ${path} cannot be read`, {
      meta: { reason: (thrown as NodeJS.ErrnoException).code ?? "" },
    });
  }
}
