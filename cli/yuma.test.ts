/** The verb as it is typed. */
import { afterAll, beforeAll, describe, expect, test } from "bun:test";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { printOutput, readCase, runEpoch } from "../chain/yuma/index.ts";
import example from "../chain/yuma/vectors/example.json" with { type: "json" };

const ROOT = join(import.meta.dir, "..");
const EXAMPLE = "chain/yuma/vectors/example.json";
let dir: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "orrery-yuma-"));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

function yuma(args: string[], stdin: Uint8Array | "ignore" = "ignore") {
  const ran = Bun.spawnSync([process.execPath, "cli/main.ts", "yuma", ...args], { cwd: ROOT, stdin });
  return { code: ran.exitCode, out: ran.stdout.toString(), error: ran.stderr.toString() };
}

async function file(name: string, text: string): Promise<string> {
  await Bun.write(join(dir, name), text);
  return join(dir, name);
}

test("--case prints the answer as one line of JSON, from a file or from standard input", () => {
  const expected = `${JSON.stringify(printOutput(runEpoch(readCase(example))))}\n`;
  expect(yuma(["--case", EXAMPLE])).toEqual({ code: 0, out: expected, error: "" });
  expect(yuma(["--case", "-"], Buffer.from(JSON.stringify(example)))).toEqual({
    code: 0,
    out: expected,
    error: "",
  });
});

test("--explain prints who gets what, what was expected and why, of the example or of a case", async () => {
  const { code, out } = yuma(["--explain"]);
  expect(code).toBe(0);
  expect(out).toMatch(/uid +as +gets +expected +change +why/);
  expect(out).toMatch(/3 +validator .*-56\.9 % .*above consensus/);
  const case_ = await file("case.json", JSON.stringify({ ...example, ownerUid: 4 }));
  expect(yuma(["--explain", "--case", case_]).code).toBe(0);
});

describe("what it cannot use gets one line and no stack", () => {
  test.each([
    ["nothing", [], 2, "--case is missing"],
    ["a file that is not there", ["--case", "no-such.json"], 2, "no-such.json does not exist"],
  ])("%s", (_, args, code, message) => {
    const ran = yuma(args);
    expect([ran.code, ran.out]).toEqual([code, ""]);
    expect(ran.error).toMatch(/^orrery yuma: [^\n]*\n$/);
    expect(ran.error).toContain(message);
  });

  test.each([
    ["no JSON", "{", "is not JSON"],
    ["another length", JSON.stringify({ ...example, permits: [] }), "permits: has 0 elements, but n is 8"],
    ["bytes that are no text", "\u0000\u00ff", "is not JSON"],
  ])("%s", async (name, text, message) => {
    const ran = yuma(["--case", await file(`${name}.json`, text)]);
    expect([ran.code, ran.out]).toEqual([1, ""]);
    expect(ran.error).toMatch(/^orrery yuma: [^\n]*\n$/);
    expect(ran.error).toContain(message);
  });
});
