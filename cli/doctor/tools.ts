/** Do the providers that `--tools` names answer, and are their keys taken? Nothing is bought in the looking. */
import { Failure } from "../../protocol/failure.ts";
import { createHttp } from "../../runtime/ports/http.ts";
import type { Clock } from "../../runtime/ports/index.ts";
import { createMemoryBlobs } from "../../runtime/ports/memory-blobs.ts";
import { createToolGateway } from "../../sandbox/tools/gateway.ts";
import { DEFAULT_PRICES } from "../../sandbox/tools/price-book.ts";
import { readApiKey } from "../node/api-key.ts";
import { openToolParts } from "../tools/tool-parts.ts";
import { readToolsFile } from "../tools/tools-file.ts";
import { type Check, type Finding, skipped } from "./check.ts";

const PATIENCE_MS = 10_000;
const KEY_REFUSED = [401, 403];
/** Nothing is signed in the looking. */
const NOBODY = { hotkey: "", sign: async () => "" };

export const tools: Check = {
  name: "tools",
  async run({ config: { tools: path }, roles, clock, signal }) {
    if (!roles.includes("sandbox")) return skipped("tools", "only the role sandbox answers tool calls");
    if (path === undefined)
      return skipped("tools", "without --tools, tasks that grant tools are left to other sandboxes");
    try {
      const file = await readToolsFile(path);
      const found = [await offered(path, clock)];
      for (const { name, url, models, parallel: _, ...keyed } of file.llm) {
        const key = await readApiKey(path, keyed);
        const authorization = key === undefined ? {} : { authorization: `Bearer ${key}` };
        found.push(await reached(name, `${url.replace(/\/+$/, "")}/models`, authorization));
      }
      if (file.search !== undefined) found.push(await reached(file.search.name, file.search.url, {}));
      return found;
    } catch (thrown) {
      const { hint } = Failure.from(thrown);
      const detail = Failure.from(thrown).message;
      return { name: "tools", state: "fail", detail, ...(hint === undefined ? {} : { fix: hint }) };
    }

    async function reached(name: string, url: string, headers: Record<string, string>): Promise<Finding> {
      const late = new AbortController();
      const timer = clock.after(PATIENCE_MS, () => late.abort());
      const finding = (state: Finding["state"], detail: string, fix?: string): Finding => ({
        ...{ name: `tools: ${name}`, state, detail },
        ...(fix === undefined ? {} : { fix }),
      });
      try {
        const { status } = await createHttp()(url, {
          ...{ headers, redirect: "error", signal: AbortSignal.any([signal, late.signal]) },
        });
        if (KEY_REFUSED.includes(status)) {
          return finding("fail", `answers ${status}`, "Check the key that the tools file names.");
        }
        return finding(status >= 500 ? "warn" : "ok", `answers ${status}`);
      } catch {
        return finding("fail", "cannot be reached", "Check its address in the tools file, and the network.");
      } finally {
        timer.cancel();
      }
    }
  },
};

/** What programs would find; files and keys are read as a node would. */
async function offered(path: string, clock: Clock): Promise<Finding> {
  const { providers, prices = DEFAULT_PRICES } = await openToolParts({
    path,
    signer: NOBODY,
    models: async () => ({ generate: noModel }),
  });
  const gateway = createToolGateway({
    ...{ clock, blobs: createMemoryBlobs(), signer: NOBODY, providers, prices },
  });
  const offers = gateway.offers();
  await gateway.close();
  const priced = offers.models.length > 0 ? `; models ${offers.models.join(", ")}` : "";
  const detail = `offers ${offers.tools.join(", ")}${priced}; prices ${prices.version}`;
  return { name: "tools", state: "ok", detail };
}

function noModel(): never {
  throw new Failure("unavailable", "no model is asked by doctor");
}
