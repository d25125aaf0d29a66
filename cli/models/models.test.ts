/** What an operator types, on small files: the real models are the business of `models/embedded`. */
import { afterAll, describe, expect, test } from "bun:test";
import { join } from "node:path";
import { tinyGguf } from "../../models/embedded/tiny-gguf.fixture.ts";
import { tempFolder } from "../../test/support/temp-folder.ts";

const ROOT = join(import.meta.dir, "..", "..");
const temp = tempFolder();
afterAll(() => temp[Symbol.dispose]());
const dir = join(temp.path, "models");
const file = join(temp.path, "Tiny-0.1.gguf");
await Bun.write(file, tinyGguf({ architecture: "qwen3" }));

function models(...args: string[]) {
  const command = [process.execPath, "cli/main.ts", "models", ...args, "--dir", dir];
  const ran = Bun.spawnSync(command, { cwd: ROOT, stdin: "ignore" });
  return { code: ran.exitCode, out: ran.stdout.toString(), error: ran.stderr.toString() };
}

describe("bun run models", () => {
  test("converts a file, lists it, shows it, and asks it, in JSON where asked", () => {
    expect(models("inspect", file).out).toContain('general.architecture = "qwen3"');
    const converted = models("convert", file, "--id", "tiny");
    expect(converted).toMatchObject({ code: 0 });
    expect(converted.out).toContain(`ready: ${join(dir, "tiny")}`);
    expect(converted.error).toContain("converting");
    expect(models("list").out).toContain("tiny");
    const shown = JSON.parse(models("inspect", "tiny", "--json").out);
    expect(shown.manifest).toMatchObject({
      id: "tiny",
      architecture: "qwen3",
      source: { name: "Tiny-0.1.gguf" },
    });
    const asked = models("ask", "tiny", "Hello", "--max-tokens", "4", "--json");
    expect(asked).toMatchObject({ code: 0, error: "" });
    const { chunks } = JSON.parse(asked.out);
    expect(chunks.at(-1)).toMatchObject({ type: "end", usage: { completionTokens: expect.any(Number) } });
  });

  test("verifies a model as validators would: the exit code says whether it is that one", async () => {
    const other = join(temp.path, "other.gguf");
    await Bun.write(other, tinyGguf({ architecture: "qwen3", seed: 9 }));
    for (const [from, id] of [
      [file, "one"],
      [other, "two"],
    ] as const) {
      expect(models("convert", from, "--id", id).code).toBe(0);
    }
    const same = models("verify", "one", "--against", "one", "--json");
    expect([same.code, JSON.parse(same.out)]).toMatchObject([0, { accepted: true, positions: 96 }]);
    const cheated = models("verify", "one", "--against", "two");
    expect(cheated).toMatchObject({ code: 1, out: expect.stringContaining("not accepted") });
  }, 60_000);

  test("names a model by its file, with dots made safe for a folder", () => {
    expect(models("convert", file, "--context-length", "128").out).toContain(join(dir, "Tiny-0-1"));
  });

  test("shows what could be pulled", () => {
    expect(models("list").out).toContain("bun run models pull smollm2");
    expect(JSON.parse(models("list", "--json").out).shelf).toContain("associative");
  });

  test.each([
    ["nothing to do", [], "say what to do"],
    ["an unknown action", ["frobnicate"], 'no action "frobnicate"'],
    ["no file", ["convert"], "give one GGUF file"],
    ["nothing to judge", ["verify", "tiny"], "give the model to judge by"],
    ["a file that is not there", ["convert", "nowhere.gguf"], "cannot be read"],
    ["a model that is not there", ["ask", "nowhere", "Hello"], "there is no model"],
    ["a name that is not on the shelf", ["pull", "gpt-5"], "Known: smollm2, associative"],
    ["a model that is there already", ["convert", file, "--id", "tiny"], "already"],
  ])("refuses %s in one line that says what to do", (_, args, words) => {
    const { code, out, error } = models(...args);
    expect(code).not.toBe(0);
    expect(out).toBe("");
    expect(error.trim().split("\n").at(-1)).toMatch(/^orrery models: /);
    expect(error).toContain(words);
  });
});
