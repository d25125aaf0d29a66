/** As an operator starts it: one process with the roles model and gateway, asked over HTTP about a long text. */
import { expect, test } from "bun:test";
import { join } from "node:path";
import { factsIn } from "../../models/associative/facts.fixture.ts";
import { embeddedModel } from "../provision/embedded-models.ts";
import { tempFolder } from "../support/temp-folder.ts";

const associative = await embeddedModel("associative");
const MAIN = join(import.meta.dir, "..", "..", "cli", "main.ts");

test.skipIf(associative.missing !== undefined)(
  "a node with a model and a front finds a fact in hundreds of thousands of tokens, and drains clean",
  async () => {
    using folder = tempFolder();
    const node = Bun.spawn(
      [process.execPath, MAIN, "node", "--role", "model,gateway", "--models", associative.path ?? ""].concat([
        "--http",
        "127.0.0.1:0",
        "--data",
        folder.path,
        "--log",
        "warn",
        "--model-labels",
        '{"gpu":"none"}',
      ]),
      { stdout: "pipe", stderr: "pipe" },
    );
    try {
      let said = "";
      for await (const chunk of node.stdout) {
        said += new TextDecoder().decode(chunk);
        if (said.includes("\n")) break;
      }
      const { url } = JSON.parse(said) as { url: string };
      expect(await (await fetch(`${url}/v1/models/associative`)).json()).toMatchObject({
        max_model_len: 16_777_216,
        served_by: [{ status: "ready", labels: { gpu: "none" } }],
      });
      const { text, latest } = factsIn({ tokens: 400_000, facts: 64, seed: 11 });
      const sent = await fetch(`${url}/v1/blobs`, { method: "POST", body: text });
      expect(sent.status).toBe(201);
      const context = [await sent.json()];
      for (const [n, [key, value]] of [...latest].slice(0, 5).entries()) {
        const body = {
          model: "associative",
          context,
          prompt: `\nThe code of ${key} :=`,
          max_tokens: 32,
          stop: ";",
        };
        const answer = await fetch(`${url}/v1/completions`, { method: "POST", body: JSON.stringify(body) });
        const { choices, usage } = (await answer.json()) as Answer;
        expect(choices[0]?.text.trim()).toBe(value);
        expect(usage.prompt_tokens).toBeGreaterThan(380_000);
        // The text is read once, though it is asked about five times.
        const cached = usage.prompt_tokens_details.cached_tokens;
        expect(n === 0 ? cached === 0 : cached > 380_000).toBe(true);
      }
      expect(await (await fetch(`${url}/metrics`)).text()).toContain("vllm:prompt_tokens_total");
    } finally {
      node.kill("SIGTERM");
    }
    expect([await node.exited, await new Response(node.stderr).text()]).toEqual([0, ""]);
  },
  60_000,
);

test("on an address that others reach, who is not named is told how to be, and hears of no model", async () => {
  using folder = tempFolder();
  const command = [
    process.execPath,
    MAIN,
    "node",
    "--role",
    "gateway",
    "--http",
    "0.0.0.0:0",
    "--log",
    "warn",
  ];
  const node = Bun.spawn([...command, "--data", folder.path], { stdout: "pipe", stderr: "pipe" });
  try {
    let said = "";
    for await (const chunk of node.stdout) {
      said += new TextDecoder().decode(chunk);
      if (said.includes("\n")) break;
    }
    const { url } = JSON.parse(said) as { url: string };
    for (const [method, path] of [
      ["GET", "models"],
      ["POST", "chat/completions"],
    ] as const) {
      const response = await fetch(`${url}/v1/${path}`, { method });
      const { error } = (await response.json()) as { error: { message: string; code: string } };
      expect([response.status, error.code]).toEqual([401, "invalid_api_key"]);
      expect(error.message).toContain("--api-keys FILE");
    }
  } finally {
    node.kill("SIGTERM");
  }
  expect(await node.exited).toBe(0);
}, 60_000);

interface Answer {
  choices: { text: string }[];
  usage: { prompt_tokens: number; prompt_tokens_details: { cached_tokens: number } };
}
