/**
 * Options of a command from one zod object: flags over environment over config file over defaults.
 * The same schema validates, prints `--help` and generates the reference page.
 */
import { parseArgs } from "node:util";
import type { z } from "zod";
import { Failure } from "../../protocol/failure.ts";
import { nearest } from "./nearest.ts";

export interface OptionMeta {
  description: string;
  /** Shown in `--help` in place of the value, e.g. `FILE`. */
  placeholder?: string;
  /** One letter. */
  short?: string;
  /** Never printed, not even in an error. */
  secret?: boolean;
  /** Heading under which `--help` lists it. */
  group?: string;
}

/** An option: its schema with what `--help` says of it. */
export const option = <T extends z.ZodType>(schema: T, meta: OptionMeta): T => schema.meta({ ...meta }) as T;

export type OptionsSchema = z.ZodObject;

export interface CommandLine<S extends OptionsSchema> {
  options: z.output<S>;
  positionals: string[];
  help: boolean;
}

export interface Sources {
  args: readonly string[];
  env?: Readonly<Record<string, string | undefined>>;
  /** The command takes words that are no options; without it one is refused, instead of being ignored. */
  operands?: boolean;
  /** Parsed config file; keys as in the schema. */
  file?: Readonly<Record<string, unknown>>;
}

type Value = "boolean" | "number" | "list" | "json" | "string";

export interface OptionInfo extends OptionMeta {
  key: string;
  flag: string;
  env: string;
  value: Value;
  schema: z.ZodType;
}

const kebab = (key: string) => key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** What each key of a schema is called and takes. */
export function describeOptions(schema: OptionsSchema): OptionInfo[] {
  return Object.entries(schema.shape).map(([key, part]) => {
    const meta = ((part as z.ZodType).meta() ?? { description: "" }) as unknown as OptionMeta;
    return {
      ...meta,
      key,
      flag: kebab(key),
      env: `ORRERY_${kebab(key).replaceAll("-", "_").toUpperCase()}`,
      value: kindOf(part as z.ZodType),
      schema: part as z.ZodType,
    };
  });
}

/** Read off the schema itself: as JSON Schema, forty options would cost 10 ms of every start. */
function kindOf(schema: z.ZodType): Value {
  const { def } = (schema as z.ZodType & { _zod: { def: unknown } })._zod as { def: SchemaDef };
  if (def.innerType !== undefined) return kindOf(def.innerType);
  if (def.type === "literal") return typeof def.values?.[0] === "number" ? "number" : "string";
  return KINDS[def.type] ?? "string";
}

interface SchemaDef {
  type: string;
  innerType?: z.ZodType;
  values?: readonly unknown[];
}

const KINDS: Readonly<Record<string, Value>> = {
  boolean: "boolean",
  number: "number",
  int: "number",
  array: "list",
  object: "json",
  record: "json",
};

/** Reads a command line. Fails with `config` and one line that names the path, the value and what is allowed. */
export function parseOptions<S extends OptionsSchema>(schema: S, sources: Sources): CommandLine<S> {
  const infos = describeOptions(schema);
  const { values, positionals } = readArgs(infos, sources.args) as {
    values: Record<string, string | boolean | undefined>;
    positionals: string[];
  };
  const [operand] = positionals;
  if (operand !== undefined && sources.operands !== true) {
    throw new Failure("config", `${JSON.stringify(operand.slice(0, 80))} is no option`, {
      hint: "Options begin with --; see --help.",
    });
  }
  const raw: Record<string, unknown> = readFile(infos, sources.file ?? {});
  for (const info of infos) {
    const fromEnv = sources.env?.[info.env];
    if (fromEnv !== undefined && fromEnv !== "") raw[info.key] = fromText(info, fromEnv, info.env);
    const given = values[info.flag];
    if (given !== undefined)
      raw[info.key] = typeof given === "boolean" ? given : fromText(info, String(given), `--${info.flag}`);
  }
  for (const info of infos) raw[info.key] = atHome(info, raw[info.key], sources.env?.HOME);
  if (values.help === true) return { options: raw as z.output<S>, positionals, help: true };
  // Read once: compiling the schema first would take longer than all of it.
  const parsed = schema.safeParse(raw, { jitless: true });
  if (!parsed.success) throw badOption(infos, parsed.error.issues[0], raw);
  return { options: parsed.data as z.output<S>, positionals, help: false };
}

/** An option is named there as on the command line, with dashes, underscores or neither. */
function readFile(
  infos: readonly OptionInfo[],
  file: Readonly<Record<string, unknown>>,
): Record<string, unknown> {
  const known = new Map(
    infos.flatMap(({ key, flag }) => [key, flag, flag.replaceAll("-", "_")].map((name) => [name, key])),
  );
  return Object.fromEntries(
    Object.entries(file).map(([name, value]) => {
      const key = known.get(name);
      if (key !== undefined) return [key, value];
      throw new Failure("config", `config file: ${name} is not an option`, { hint: meant(name, infos) });
    }),
  );
}

function meant(word: string, infos: readonly OptionInfo[], dashes = ""): string {
  const near = nearest(
    word,
    infos.map(({ flag }) => flag),
  );
  return near === undefined ? "See --help." : `Did you mean ${dashes}${near}? See --help.`;
}

function readArgs(infos: readonly OptionInfo[], args: readonly string[]) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      allowNegative: true,
      strict: true,
      options: {
        help: { type: "boolean", short: "h" },
        ...Object.fromEntries(
          infos.map(({ flag, value, short }) => [
            flag,
            {
              type: value === "boolean" ? ("boolean" as const) : ("string" as const),
              ...(short ? { short } : {}),
            },
          ]),
        ),
      },
    });
  } catch (cause) {
    const message = cause instanceof Error ? (cause.message.split(". ")[0] ?? "") : String(cause);
    const unknown = /^Unknown option '--(.+)'/.exec(message)?.[1];
    const valueless = /^Option '(?:-\w, )?(--[\w-]+)(?: <value>)?' argument/.exec(message)?.[1];
    throw new Failure(
      "config",
      valueless === undefined
        ? message
        : `${valueless} lacks its value, or has one that begins with a dash: write ${valueless}=VALUE then`,
      { hint: unknown === undefined ? "See --help." : meant(unknown, infos, "--") },
    );
  }
}

/** A shell leaves `--hotkey=~/key` and what is in quotes as they are, and a file has no shell at all. */
function atHome({ value, placeholder = "" }: OptionInfo, given: unknown, home: string | undefined): unknown {
  if (home === undefined || typeof given !== "string" || value !== "string") return given;
  return /FILE|DIR|PATH/.test(placeholder) ? given.replace(/^~(?=\/|$)/, home) : given;
}

function fromText(info: OptionInfo, text: string, where: string): unknown {
  if (info.value === "boolean")
    return text === "true" || text === "1" ? true : text === "false" || text === "0" ? false : text;
  if (info.value === "number")
    return text.trim() === "" ? text : Number.isNaN(Number(text)) ? text : Number(text);
  if (info.value === "list")
    return text
      .split(",")
      .map((part) => part.trim())
      .filter((part) => part !== "");
  if (info.value !== "json") return text;
  try {
    return JSON.parse(text);
  } catch {
    throw new Failure(
      "config",
      `${where} is not JSON: ${info.secret ? "(hidden)" : JSON.stringify(text.slice(0, 80))}`,
      { hint: `Write it in quotes: '{"name":1}'. See --help.` },
    );
  }
}

function badOption(
  infos: readonly OptionInfo[],
  issue: z.core.$ZodIssue | undefined,
  raw: Record<string, unknown>,
): Failure {
  const key = String(issue?.path[0] ?? "");
  const info = infos.find((candidate) => candidate.key === key);
  // Of a list the value is told, so that its place is not asked for.
  const inner = info?.value === "list" ? [] : (issue?.path.slice(1).map(String) ?? []);
  const path = [info === undefined ? key : `--${info.flag}`, ...inner].join(".");
  let value: unknown = raw;
  for (const part of issue?.path ?? [])
    value = (value as Record<string, unknown> | undefined)?.[String(part)];
  const shown = info?.secret ? "(hidden)" : (JSON.stringify(value) ?? "nothing").slice(0, 80);
  const allowed =
    issue?.code === "invalid_value"
      ? `one of ${issue.values.join(", ")}`
      : (issue?.message ?? "another value");
  if (value === undefined) {
    return new Failure("config", `${path} is missing`, {
      hint: `${info?.description ?? ""} Set ${path} or ${info?.env}.`.trim(),
    });
  }
  const near = issue?.code === "invalid_value" ? nearest(String(value), issue.values.map(String)) : undefined;
  return new Failure("config", `${path}: ${shown} is not allowed; ${allowed}`, {
    hint: near === undefined ? "See --help." : `Did you mean ${near}? See --help.`,
  });
}
