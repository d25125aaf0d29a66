/** What docs/tools.md shows must work as it stands. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { ToolsFile } from "../../cli/tools/tools-file.ts";
import { DEFAULT_LIMITS } from "../../protocol/isolate.ts";
import type { IsolateBackend } from "../../sandbox/isolate.ts";
import { withSdk } from "../../sandbox/sdk/with-sdk.ts";
import { parseCall } from "../../sandbox/tools/call.ts";
import { provisionWasmtime } from "../provision/isolates.ts";
import { MODEL, PROFILE, toolWorld } from "../support/tool-world.ts";

const page = readFileSync(join(import.meta.dir, "../../docs/tools.md"), "utf8");
const block = (language: string): string => {
  const found = new RegExp(`^\`\`\`${language}\n([\\s\\S]*?)^\`\`\`$`, "m").exec(page)?.[1];
  if (found === undefined) throw new Error(`docs/tools.md shows no ${language}`);
  return found;
};

let backend: IsolateBackend;
beforeAll(async () => {
  backend = await provisionWasmtime();
}, 120_000);
afterAll(() => backend.close());

describe("docs/tools.md", () => {
  test.each([
    ["python", "python", "agent.py"],
    ["javascript", "js", "agent.mjs"],
  ] as const)("shows a program in %s that runs", async (runtime, language, entry) => {
    const { session } = await toolWorld(({ tool }) =>
      tool === "llm_chat"
        ? {
            response: { choices: [{ message: { content: [{ type: "text", text: "27.3 days" }] } }] },
            results: [],
            usage: { promptTokens: 9, completionTokens: 3, reasoningTokens: 0, results: 0 },
          }
        : {
            response: { data: [{ link: "https://a.example/", snippet: "a snippet", title: null }] },
            results: [{ url: "https://a.example/" }],
            usage: { promptTokens: 0, completionTokens: 0, reasoningTokens: 0, results: 1 },
          },
    );
    const request = withSdk({
      ...{ runtime, entry, files: { [entry]: block(language) }, call: "query", cases: [{ text: "moon?" }] },
      ...{ limits: DEFAULT_LIMITS, seed: 1, tools: PROFILE },
    });
    const [result] = (await backend.run(request, { tools: session })).cases;
    expect(result?.detail).toBeUndefined();
    expect(result?.output).toMatchObject({ text: "27.3 days" });
  });

  test("shows a tools file that is taken", () => {
    const json = block("jsonc").replace(/ +\/\/[^\n]*/g, "");
    const file = ToolsFile.parse(JSON.parse(json));
    expect([file.llm[0]?.models[MODEL], file.pages, file.corpus]).toEqual([MODEL, true, "corpus/"]);
  });

  test("names every argument and every tool that there is", () => {
    const rows = page.matchAll(/^\| `(\w+)` +\|([^|]*)\|/gm);
    const tools = new Map([...rows].map(([, tool = "", told = ""]) => [tool, told]));
    const sample: Record<string, object> = {
      llm_chat: { model: MODEL, messages: [{ role: "user", content: "x" }] },
      search_web: { query: "x" },
      search_ai: { prompt: "x", tools: ["web"] },
      fetch_page: { url: "x" },
      test_tool: { message: "x" },
      tooling_info: {},
    };
    for (const [tool, kwargs] of Object.entries(sample)) {
      const { arguments: known } = parseCall(JSON.stringify({ tool, kwargs }));
      for (const name of Object.keys(known))
        expect([tool, tools.get(tool)]).toEqual([tool, expect.stringContaining(name)]);
    }
  });
});
