import { describe, expect, test } from "bun:test";
import { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { helpMarkdown, helpText } from "./help.ts";
import { option, parseOptions } from "./options.ts";

const Schema = z.object({
  role: option(z.array(z.enum(["miner", "validator"])).min(1), { description: "Roles to start." }),
  slots: option(z.number().int().min(1).max(64).default(2), { description: "Isolates at once.", short: "s" }),
  json: option(z.boolean().default(false), { description: "For machines." }),
  hotkey: option(z.string().max(8).optional(), { description: "Key.", secret: true }),
  params: option(z.record(z.string(), z.number()).default({}), { description: "Parameters." }),
});

const failureOf = (run: () => unknown): Failure => {
  try {
    run();
  } catch (thrown) {
    if (thrown instanceof Failure) return thrown;
    throw thrown;
  }
  throw new Error("it should have failed");
};

describe("options", () => {
  test("a word that is no option is refused, unless the command takes words", () => {
    const args = ["--role", "miner", "extra"];
    expect(failureOf(() => parseOptions(Schema, { args })).message).toBe('"extra" is no option');
    expect(parseOptions(Schema, { args, operands: true }).positionals).toEqual(["extra"]);
  });

  test("a bad value gets one line with the path, the value and what is allowed", () => {
    const failure = failureOf(() => parseOptions(Schema, { args: ["--role", "minr"] }));
    expect(failure.code).toBe("config");
    expect(failure.message).toBe('--role: "minr" is not allowed; one of miner, validator');
    expect(failure.hint).toBe("Did you mean miner? See --help.");
  });

  test("a missing option says what it is and how to set it", () => {
    const failure = failureOf(() => parseOptions(Schema, { args: [] }));
    expect(failure.toLine()).toBe("--role is missing. Roles to start. Set --role or ORRERY_ROLE.");
  });

  test("an unknown flag is refused, not ignored", () => {
    expect(failureOf(() => parseOptions(Schema, { args: ["--rol", "miner"] })).message).toContain("--rol");
    expect(failureOf(() => parseOptions(Schema, { args: ["--slot", "3"] })).hint).toBe(
      "Did you mean --slots? See --help.",
    );
  });

  test("a number out of range, or no number, names the bound", () => {
    expect(
      failureOf(() => parseOptions(Schema, { args: ["--role", "miner", "--slots", "0"] })).message,
    ).toContain(">=1");
    expect(
      failureOf(() => parseOptions(Schema, { args: ["--role", "miner", "--slots", "two"] })).message,
    ).toContain('"two"');
  });

  test("a secret value is never repeated", () => {
    const failure = failureOf(() =>
      parseOptions(Schema, { args: ["--role", "miner", "--hotkey", "//Alice/very/secret"] }),
    );
    expect(failure.toLine()).not.toContain("secret/");
    expect(failure.toLine()).not.toContain("//Alice");
  });

  test("a key of the file that is no option is refused", () => {
    const failure = failureOf(() => parseOptions(Schema, { args: ["--role", "miner"], file: { slot: 3 } }));
    expect(failure.toLine()).toBe("config file: slot is not an option. Did you mean slots? See --help.");
  });

  test("the file names options of several words as flags do, as variables do, or as one word", () => {
    const Words = z.object({ roundBlocks: option(z.number(), { description: "Blocks." }) });
    for (const key of ["round-blocks", "round_blocks", "roundBlocks"]) {
      expect(parseOptions(Words, { args: [], file: { [key]: 7 } }).options).toEqual({ roundBlocks: 7 });
    }
  });

  test("a path that begins with ~/ is at home, wherever it was written; other texts are left alone", () => {
    const Paths = z.object({
      hotkey: option(z.string(), { description: "Key.", placeholder: "FILE|URI" }),
      ledger: option(z.string(), { description: "Ledger.", placeholder: "PATH|URL" }),
      note: option(z.string(), { description: "Note." }),
    });
    const sources = {
      args: ["--hotkey=~/hot", "--note", "~/n"],
      file: { ledger: "~/l" },
      env: { HOME: "/srv/me" },
    };
    expect(parseOptions(Paths, sources).options).toEqual({
      hotkey: "/srv/me/hot",
      ledger: "/srv/me/l",
      note: "~/n",
    });
  });

  test("flags win over the environment, the environment over the file, the file over defaults", () => {
    const env = { ORRERY_SLOTS: "5" };
    const file = { slots: 7, role: ["validator"], json: true };
    expect(parseOptions(Schema, { args: ["-s", "3"], env, file }).options).toMatchObject({
      slots: 3,
      role: ["validator"],
      json: true,
    });
    expect(parseOptions(Schema, { args: [], env, file }).options.slots).toBe(5);
    expect(parseOptions(Schema, { args: [], file }).options.slots).toBe(7);
    expect(parseOptions(Schema, { args: ["--role", "miner"] }).options.slots).toBe(2);
  });

  test("lists are separated by commas, objects are JSON, booleans can be negated", () => {
    const { options } = parseOptions(Schema, {
      args: ["--role", "miner, validator", "--params", '{"alpha":0.5}', "--no-json"],
      env: { ORRERY_JSON: "true" },
    });
    expect(options).toMatchObject({ role: ["miner", "validator"], params: { alpha: 0.5 }, json: false });
    expect(
      failureOf(() => parseOptions(Schema, { args: ["--role", "miner", "--params", "{"] })).message,
    ).toContain("not JSON");
  });

  test("help asks for nothing else and lists every option with its default and variable", () => {
    expect(parseOptions(Schema, { args: ["--help"] }).help).toBe(true);
    const command = {
      name: "node",
      summary: "Starts a node.",
      usage: "bun run node --role ROLE",
      schema: Schema,
    };
    for (const text of [helpText(command), helpMarkdown(command)]) {
      for (const part of ["--role", "--slots", "default 2", "ORRERY_HOTKEY"]) expect(text).toContain(part);
    }
  });
});
