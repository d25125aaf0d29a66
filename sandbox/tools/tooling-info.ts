/** What `tooling_info` tells, in Caster's words and dollars: names, models, prices, and the budget of the session. */
import type { Json } from "../../protocol/ids.ts";
import type { ToolName, ToolProfile } from "../../protocol/tools.ts";
import type { PriceBook } from "./price-book.ts";

const NANO = 1_000_000_000;
const MILLION = 1_000_000;
const usd = (nano: number): number => nano / NANO;

export function toolingInfo(profile: ToolProfile, prices: PriceBook): Json {
  const { nanoUsd, tokens, calls, bytes, wallMs } = profile.budget;
  return {
    tool_names: [...profile.tools].sort(),
    allowed_tool_models: [...profile.models].sort(),
    pricing: Object.fromEntries(profile.tools.map((tool) => [tool, priceOfTool(tool, profile, prices)])),
    price_version: prices.version,
    budget: { usd: usd(nanoUsd), tokens, calls, bytes, seconds: wallMs / 1_000 },
  };
}

function priceOfTool(tool: ToolName, profile: ToolProfile, prices: PriceBook): Json {
  switch (tool) {
    case "search_web":
    case "fetch_page":
      return { kind: "flat_per_call", usd_per_call: usd(prices[tool].call) };
    case "search_ai":
      return {
        kind: "per_referenceable_result",
        usd_per_referenceable_result: usd(prices.search_ai.result),
      };
    case "llm_chat": {
      const models = Object.entries(prices.models).filter(([model]) => profile.models.includes(model));
      const perMillion = (nano: number) => usd(nano * MILLION);
      return {
        kind: "per_million_tokens",
        models: Object.fromEntries(
          models.map(([model, { input, output, reasoning }]) => [
            model,
            {
              input_per_million: perMillion(input),
              output_per_million: perMillion(output),
              reasoning_per_million: perMillion(reasoning),
            },
          ]),
        ),
      };
    }
    default:
      return { kind: "free" };
  }
}
